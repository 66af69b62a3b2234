import hashlib
import io
from pathlib import Path

import av
import pytest

from media import rotation
from media.boxes import boxes
from media.rotation import SHOWN_BYTES, Index, Rotated
from tests.media.probed import ffmpeg
from tests.support.clips import Clip, make_clip

Packet = tuple[int, int | None, int | None, str]


def index_of(film: bytes) -> Index:
    at = {kind: (start, stop) for kind, start, stop in boxes(film)}
    kind, moov = (film[at[name][0] - 8 : at[name][1]] for name in (b"ftyp", b"moov"))
    return Index(kind, moov, at[b"mdat"])


def head_of(rotated: Rotated) -> bytes:
    return rotated.head(0, rotated.index.head_bytes)


def bytes_of(film: bytes, rotated: Rotated) -> bytes:
    return head_of(rotated) + b"".join(film[start:stop] for start, stop in rotated.spans)


def packets(film: bytes) -> list[Packet]:
    """Return what a player gets, each track in its own order."""
    with av.open(io.BytesIO(film), mode="r") as container:
        found = [
            (packet.stream.index, packet.dts, packet.pts, hashlib.md5(bytes(packet)).hexdigest())
            for packet in container.demux()
            if packet.size
        ]
    return sorted(found, key=lambda packet: packet[:2])


@pytest.fixture(scope="module", params=[True, False], ids=["index first", "index last"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    clip = Clip(duration_s=20, moov_first=request.param)
    return make_clip(tmp_path_factory.mktemp("rotation"), clip).read_bytes()


def test_key_frames_are_told_by_when_they_are_shown(film: bytes) -> None:
    assert list(index_of(film).keys_s) == [2.0 * number for number in range(1, 10)]


@pytest.mark.parametrize("key", [0, 4, 8])
def test_a_rotated_film_is_the_same_film(film: bytes, key: int) -> None:
    rotated = bytes_of(film, index_of(film).rotated(key))

    assert packets(rotated) == packets(film)


def test_what_is_shown_follows_the_index_and_the_first_samples_at_once(film: bytes) -> None:
    rotated = index_of(film).rotated(4)
    content = bytes_of(film, rotated)
    soon = content[: len(head_of(rotated)) + 16 * 1024 + SHOWN_BYTES]

    whole = io.BytesIO(soon + bytes(len(content) - len(soon)))
    with av.open(whole, mode="r") as container:
        container.seek(10 * av.time_base)
        frame = next(container.decode(video=0))
        container.seek(10 * av.time_base)
        sound = next(container.decode(audio=0))

    assert frame.time == 10.0
    assert sound.time is not None
    assert sound.time <= 10.0


def test_every_byte_of_the_film_comes_once(film: bytes) -> None:
    spans = sorted(index_of(film).rotated(3).spans)

    assert [stop for _, stop in spans[:-1]] == [start for start, _ in spans[1:]]
    data = next((start, stop) for kind, start, stop in boxes(film) if kind == b"mdat")
    assert (spans[0][0], spans[-1][1]) == data


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_a_head_can_be_had_in_pieces(film: bytes, step: int) -> None:
    rotated = index_of(film).rotated(4)
    whole = head_of(rotated)
    pieces = [rotated.head(at, min(at + step, len(whole))) for at in range(0, len(whole), step)]
    assert b"".join(pieces) == whole


def test_orders_of_one_film_share_its_index(film: bytes) -> None:
    index = index_of(film)
    assert all(index.rotated(key).index is index for key in range(len(index.keys_s)))


def begun_later(film: bytes, *, tracks: int) -> bytes:
    """Have so many tracks, the picture first, begin 5 s later in their own time."""
    content, at = bytearray(film), 0
    for _ in range(tracks):
        at = film.index(b"mdhd", at + 1)
        timescale = int.from_bytes(film[at + 16 : at + 20])
        begins = film.rindex(b"elst", 0, at) + 16
        later = int.from_bytes(film[begins : begins + 4]) + 5 * timescale
        content[begins : begins + 4] = later.to_bytes(4)
    return bytes(content)


def test_key_frames_before_the_beginning_are_not_told(film: bytes) -> None:
    cut = begun_later(film, tracks=2)
    assert list(index_of(cut).keys_s) == [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0]


def test_a_film_whose_pictures_are_far_behind_their_sound_has_no_order(film: bytes) -> None:
    assert not index_of(begun_later(film, tracks=1)).keys_s


def test_a_film_in_large_chunks_has_no_order(film: bytes, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(film)
    silent = tmp_path / "silent.mp4"
    ffmpeg("-i", tmp_path / "film.mp4", "-an", "-c", "copy", silent)
    with pytest.raises(ValueError, match="large"):
        index_of(silent.read_bytes())


def test_a_film_with_very_many_key_frames_has_no_order(
    film: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "MOST_KEYS", 9)
    with pytest.raises(ValueError, match="too many"):
        index_of(film)


def test_a_film_whose_offsets_would_have_no_room_has_no_order(film: bytes) -> None:
    at = {kind: (start, stop) for kind, start, stop in boxes(film)}
    kind, moov = (film[at[name][0] - 8 : at[name][1]] for name in (b"ftyp", b"moov"))
    with pytest.raises(ValueError, match="no room"):
        Index(kind, moov, (at[b"mdat"][0], at[b"mdat"][0] + 4 * 1024**3))


def test_an_index_that_is_cut_is_not_read(film: bytes) -> None:
    at = {kind: (start, stop) for kind, start, stop in boxes(film)}
    moov = film[at[b"moov"][0] - 8 : at[b"moov"][1]]
    for length in range(0, len(moov), 37):
        with pytest.raises((ValueError, LookupError)):
            Index(b"", moov[:length], at[b"mdat"])


def test_a_film_that_is_shown_in_pieces_is_not_put_in_another_order(
    film: bytes, tmp_path: Path
) -> None:
    at = film.index(b"elst") + 4
    waits = film[: at + 12] + b"\xff\xff\xff\xff" + film[at + 16 :]
    with pytest.raises(ValueError, match="pieces"):
        index_of(waits)
