"""Boxes of MP4, read from bytes, and by the probe, which may import nothing of ours."""

import struct
from pathlib import Path
from typing import Any, cast

import pytest

from media import boxes
from media.isolated.probe import boxes as probed


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


@pytest.mark.parametrize(
    ("begin", "head"),
    [
        (box(b"free", b"12345678"), (b"free", 8, 16)),
        (struct.pack(">I4sQ", 1, b"mdat", 1 << 33), (b"mdat", 16, 1 << 33)),
        (struct.pack(">I4sQ", 0, b"mdat", 0), (b"mdat", 8, 0)),
    ],
    ids=["short", "long", "to the end"],
)
def test_both_readers_read_a_head_alike(
    tmp_path: Path, begin: bytes, head: tuple[bytes, int, int]
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(begin)
    with path.open("rb") as file:
        found = probed.head_of(cast("Any", file), 0)
    assert boxes.head_of(begin[: boxes.HEAD_BYTES]) == found == head


def test_boxes_are_given_with_where_their_bodies_lie() -> None:
    data = box(b"free", b"") + box(b"mdat", b"film")
    assert list(boxes.boxes(data)) == [(b"free", 8, 8), (b"mdat", 16, 20)]


@pytest.mark.parametrize("cut", [1, 3, 11])
def test_boxes_that_do_not_fill_their_place_are_refused(cut: int) -> None:
    data = box(b"free", b"") + box(b"mdat", b"film")
    with pytest.raises(ValueError, match="truncated"):
        list(boxes.boxes(data[:-cut]))


def test_a_box_is_found_by_its_path_and_one_that_is_not_there_is_named() -> None:
    data = box(b"moov", box(b"trak", box(b"tkhd", b"12345678")))
    whole = (0, len(data))
    start, stop = boxes.within(data, whole, b"moov", b"trak", b"tkhd")
    assert data[start:stop] == b"12345678"
    with pytest.raises(ValueError, match="no mdia"):
        boxes.within(data, whole, b"moov", b"trak", b"mdia")


def test_a_box_too_short_for_its_fields_is_cut() -> None:
    data = box(b"tkhd", b"1234")
    with pytest.raises(ValueError, match="tkhd is truncated"):
        boxes.within(data, (0, len(data)), b"tkhd")


def test_a_table_gives_its_entries_and_no_more_than_it_has() -> None:
    entries = struct.pack(">4x3I", 2, 7, 9)
    assert list(boxes.table(entries, (0, len(entries)), "I")) == [(7,), (9,)]
    with pytest.raises(ValueError, match="truncated"):
        boxes.table(entries[:-4], (0, len(entries) - 4), "I")
