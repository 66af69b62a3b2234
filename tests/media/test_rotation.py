import hashlib
import io
from pathlib import Path

import av
import pytest

from media.boxes import boxes
from media.rotation import SHOWN_BYTES, Index, Rotated
from tests.support.clips import Clip, make_clip

Packet = tuple[int, int | None, int | None, str]


def index_of(film: bytes) -> Index:
    at = {kind: (start, stop) for kind, start, stop in boxes(film)}
    kind, moov = (film[at[name][0] - 8 : at[name][1]] for name in (b"ftyp", b"moov"))
    return Index(kind, moov, at[b"mdat"])


def bytes_of(film: bytes, rotated: Rotated) -> bytes:
    return rotated.head + b"".join(film[start:stop] for start, stop in rotated.spans)


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
    assert index_of(film).keys_s == [2.0 * number for number in range(10)]


@pytest.mark.parametrize("key", [1, 5, 9])
def test_a_rotated_film_is_the_same_film(film: bytes, key: int) -> None:
    rotated = bytes_of(film, index_of(film).rotated(key))

    assert packets(rotated) == packets(film)


def test_what_is_shown_follows_the_index_and_the_first_samples_at_once(film: bytes) -> None:
    rotated = index_of(film).rotated(5)
    content = bytes_of(film, rotated)
    soon = content[: len(rotated.head) + 16 * 1024 + SHOWN_BYTES]

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


def test_from_its_beginning_a_film_is_as_it_is(film: bytes) -> None:
    with pytest.raises(ValueError, match="already"):
        index_of(film).rotated(0)


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
