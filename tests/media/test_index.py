"""Films whose index ffmpeg wrote in front, in more room than it takes, and too little."""

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from media import index, recipes
from media.kinds import MP4
from media.tracks import Picture, Sound, Tracks
from tests.support.boxes import boxes
from tests.support.clips import Clip, make_clip

TRACKS = Tracks(Picture(frame_rate=30), sounds=(Sound("aac", 2),))
CLIP = Clip(duration_s=10, width=320, height=180, moov_first=False)
# More than its index takes, and less than the film has.
ROOM_BYTES = 60_000


def remuxed(folder: Path, room_bytes: int) -> Path:
    output = folder / "film.mp4"
    command = recipes.remux(make_clip(folder, CLIP), MP4.demuxer, TRACKS, output, room_bytes)
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *command], check=True, capture_output=True)
    return output


def packets(path: Path) -> list[tuple[int, int | None, int | None, bytes]]:
    """Return all there is in a film: of each packet its track, its times and its bytes."""
    with av.open(str(path)) as film:
        return [
            (packet.stream_index, packet.pts, packet.dts, bytes(packet))
            for packet in film.demux()
            if packet.size
        ]


def places(path: Path) -> list[int]:
    with av.open(str(path)) as film:
        return [packet.pos for packet in film.demux() if packet.pos is not None]


@pytest.mark.parametrize("moved_bytes", [1, 40_000, 1 << 30])
def test_the_film_begins_right_behind_its_index_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved_bytes: int
) -> None:
    monkeypatch.setattr(index, "_MOVED_BYTES", moved_bytes)
    film = remuxed(tmp_path, ROOM_BYTES)
    before, size_bytes = packets(film), film.stat().st_size

    index.close_gap(film)

    content = film.read_bytes()
    found = list(boxes_of(content))
    assert [kind for kind, _ in found] == [b"ftyp", b"moov", b"mdat"]
    assert min(places(film)) == found[1][1] + 16
    assert packets(film) == before
    if moved_bytes == 1 << 30:
        assert len(content) < size_bytes - ROOM_BYTES // 2, "what is not needed is cut off"


def boxes_of(content: bytes) -> list[tuple[bytes, int]]:
    """Return kind and end of all boxes; that of the film says its length in eight bytes."""
    *_, (_, _, end) = found = list(boxes(content[: content.index(b"mdat") - 4]))
    assert content[end : end + 8] == b"\0\0\0\1mdat"
    assert end + int.from_bytes(content[end + 8 : end + 16]) == len(content)
    return [*((kind, end) for kind, _, end in found), (b"mdat", len(content))]


def test_of_what_had_too_little_room_it_is_told_how_much_is_missing(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        remuxed(tmp_path, 1000)
    missing_bytes = index.room_missing(failed.value.stderr.decode())
    assert missing_bytes is not None
    index.close_gap(remuxed(tmp_path, 1000 + missing_bytes))
    assert index.room_missing("No space left on device") is None


def test_films_of_all_lengths_get_room_for_their_index(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, CLIP)
    size_bytes = clip.stat().st_size
    for duration_s in (10, None, 1e6):
        room_bytes = index.room_for(TRACKS, sounds=1, duration_s=duration_s, size_bytes=size_bytes)
        index.close_gap(remuxed(tmp_path, room_bytes))
        assert room_bytes < 2 * size_bytes


@pytest.mark.parametrize("cut", [lambda film: film[:-1], lambda film: film[:40], lambda _: b""])
def test_a_file_that_is_no_whole_film_is_refused(tmp_path: Path, cut: object) -> None:
    assert callable(cut)
    film = remuxed(tmp_path, ROOM_BYTES)
    film.write_bytes(cut(film.read_bytes()))
    with pytest.raises(ValueError, match=r"truncated|other boxes"):
        index.close_gap(film)
