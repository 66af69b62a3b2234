"""What the probe reads from real clips, and that files made to mislead it cannot."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.probe import MAX_LOOKS, Facts, Read, probe
from tests.clips import Clip, make_clip


def reader(content: bytes, seen: list[tuple[int, int]] | None = None) -> Read:
    async def read(start: int, stop: int) -> bytes:
        if seen is not None:
            seen.append((start, stop))
        assert 0 <= start < stop <= len(content)
        return content[start:stop]

    return read


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


@pytest.mark.parametrize("moov_first", [True, False])
async def test_a_clip_tells_its_length_and_size_wherever_its_index_is(
    tmp_path: Path, moov_first: bool
) -> None:
    clip = Clip(duration_s=2, width=320, height=180, moov_first=moov_first)
    content = make_clip(tmp_path, clip).read_bytes()
    seen: list[tuple[int, int]] = []
    facts = await probe(reader(content, seen), len(content))
    assert facts.duration_s == pytest.approx(2, abs=0.1)
    assert (facts.width, facts.height) == (320, 180)
    assert sum(stop - start for start, stop in seen) < 64 * 1024


async def test_a_picture_turned_on_its_side_is_reported_as_shown(tmp_path: Path) -> None:
    content = make_clip(tmp_path, Clip(duration_s=1, width=320, height=180)).read_bytes()
    matrix = b"".join(n.to_bytes(4) for n in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
    turned = b"".join(n.to_bytes(4) for n in (0, 0x10000, 0, 0xFFFF0000, 0, 0, 0, 0, 0x40000000))
    at = content.index(matrix, content.index(b"tkhd"))
    content = content[:at] + turned + content[at + 36 :]
    facts = await probe(reader(content), len(content))
    assert (facts.width, facts.height) == (180, 320)


@pytest.mark.parametrize(
    "make",
    [
        lambda clip: clip[: len(clip) // 2],
        lambda clip: box(b"free") * 100_000,
        lambda clip: box(b"moov", box(b"trak") * 100_000),
        lambda clip: b"\xff\xff\xff\xffmoov" + clip,
        lambda clip: b"\0\0\0\1moov" + b"\xff" * 8 + clip,
        lambda clip: box(b"moov", box(b"mvhd", b"\0" * 100)),
        lambda clip: box(b"moov", box(b"mvhd", b"\xff" * 100)),
        lambda clip: box(b"moov", box(b"mvhd")),
        lambda clip: b"",
        lambda clip: b"\0" * 7,
    ],
)
async def test_nonsense_is_no_fact_and_few_looks(
    tmp_path: Path, make: Callable[[bytes], bytes]
) -> None:
    content = make(make_clip(tmp_path, Clip(duration_s=1, moov_first=False)).read_bytes())
    seen: list[tuple[int, int]] = []
    assert await probe(reader(content, seen), len(content)) == Facts()
    assert len(seen) <= MAX_LOOKS


@given(st.binary(max_size=300))
async def test_no_bytes_make_the_probe_fail(content: bytes) -> None:
    content = box(b"moov", content)
    await probe(reader(content), len(content))
