"""Segments that ffmpeg wrote, whole and broken."""

import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from media import fragments, recipes
from media.kinds import MP4
from media.plan import Rung
from media.playlists import Entry, entries, read_segments
from media.tracks import Picture, Sound, Tracks
from tests.support.clips import Clip, make_clip

TRACKS = Tracks(Picture(frame_rate=10), (Sound("aac", 2),))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with picture and sound of 10 s as a worker makes them."""
    folder = tmp_path_factory.mktemp("made")
    clip = make_clip(folder, Clip(duration_s=10, frame_rate=10, width=320, height=180))
    size, rung = (320, 180), Rung(180, 800_000)
    command = recipes.pictures(clip, MP4.demuxer, TRACKS, size, [rung], sounds=True)
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def segments(folder: Path, name: str) -> tuple[int, list[tuple[Entry, bytes]]]:
    """Return the timescale of a file and its segments."""
    content = (folder / f"{name}.mp4").read_bytes()
    found = entries((folder / f"{name}.m3u8").read_text(), f"{name}.mp4")
    scale = fragments.timescale(content[: found[0].start])
    return scale, [(entry, content[entry.start : entry.stop]) for entry in found]


@pytest.mark.parametrize("name", ["v180", "a0"])
def test_every_segment_of_ours_is_whole_and_where_it_should_be(made: Path, name: str) -> None:
    scale, found = segments(made, name)
    at_s = 0.0
    for entry, segment in found:
        fragments.check(segment, timescale=scale, start_s=at_s)
        at_s += entry.duration_s
        assert fragments.end_s(segment, timescale=scale) == pytest.approx(at_s, abs=0.05)
    whole = read_segments((made / f"{name}.m3u8").read_text())
    assert at_s == pytest.approx(whole.duration_s, abs=0.001)
    assert found[-1][0].stop == whole.size_bytes


def test_a_segment_that_is_cut_empty_elsewhere_or_without_a_key_frame_is_refused(
    made: Path,
) -> None:
    scale, found = segments(made, "v180")
    (_, first), (_, second), *_ = found
    at = second.index(b"trun") + 4
    # Of each sample there are the size and the flags, and behind them its offset.
    assert int.from_bytes(second[at : at + 4], "big") & 0x704 == 0x600
    flags = struct.pack(">I", 0x10000)
    broken = [
        (first[:-1], "a box is truncated"),
        (first[: first.index(b"mdat") - 4], "no data"),
        (b"", "no data"),
        (first + b"\0\0\0\x09abcdefgh", "a box is truncated"),
        (first, "begins at 0.00 s, not at 4.00 s"),
        (second[: at + 16] + flags + second[at + 20 :], "key frame"),
    ]
    for segment, why in broken:
        with pytest.raises(ValueError, match=why):
            fragments.check(segment, timescale=scale, start_s=4.0)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def segment(tfdt: bytes, samples: int) -> bytes:
    """Return one whose samples are all as usual: 10 units long."""
    tfhd = struct.pack(">III", 0x8, 1, 10)
    trun = struct.pack(">II", 0, samples)
    traf = box(b"traf", box(b"tfhd", tfhd), box(b"tfdt", tfdt), box(b"trun", trun))
    return box(b"moof", traf) + box(b"mdat")


def test_samples_that_are_all_as_usual_are_not_counted_one_by_one() -> None:
    most = 2**32 - 1
    whole = segment(bytes(4) + (7).to_bytes(4), most)
    assert fragments.end_s(whole, timescale=10) == (7 + 10 * most) / 10


def test_a_segment_whose_boxes_are_too_short_is_refused() -> None:
    full = segment(bytes(8), 1)
    broken = [
        segment(b"\1" + bytes(7), 1),
        full.replace(b"\0\0\0\x14tfhd\0\0\0\x08", b"\0\0\0\x14tfhd\0\0\0\x0b"),
    ]
    for part in broken:
        with pytest.raises(ValueError, match="is truncated"):
            fragments.end_s(part, timescale=10)
    with pytest.raises(ValueError, match="is truncated"):
        fragments.check(broken[0], timescale=10, start_s=0)


def test_a_head_whose_boxes_are_too_short_is_refused() -> None:
    head = box(b"moov", box(b"trak", box(b"mdia", box(b"mdhd", b"\1" + bytes(15)))))
    with pytest.raises(ValueError, match="is truncated"):
        fragments.timescale(head)


@pytest.mark.parametrize("head", [b"", b"\0\0\0\x08moov", b"\0\0\0\x10moov\0\0\0\x08trak"])
def test_a_head_that_says_no_timescale_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match="there is no"):
        fragments.timescale(head)
