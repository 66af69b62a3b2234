"""Length and picture size of an MP4 or MOV, read from its index (ISO 14496-12, section 8).

It looks at a few box headers through ``read``, wherever in the file the index is, and
believes no size it finds there: looks are counted and stay within the file.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

# Gives the bytes from the first argument up to, not including, the second.
Read = Callable[[int, int], Awaitable[bytes]]

# A film with ten tracks needs under 100 looks; boxes made to waste our time run into this.
MAX_LOOKS = 500
WINDOW_BYTES = 4096
_LONGEST_S = 7 * 24 * 3600
_LARGEST_PX = 1 << 15


@dataclass(frozen=True, slots=True)
class Facts:
    """What the index says; None where it does not, or says nonsense."""

    duration_s: float | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    stop: int


class _TooManyLooks(Exception):
    """The file has more boxes than a real one."""


class _Looks:
    """Small reads, served from a window where they are close together."""

    def __init__(self, read: Read, size_bytes: int) -> None:
        self._read, self._size_bytes = read, size_bytes
        self._window, self._window_start = b"", 0
        self._left = MAX_LOOKS

    async def at(self, start: int, length: int) -> bytes:
        """Return ``length`` bytes from ``start``, or fewer where the file ends."""
        if not self._left:
            raise _TooManyLooks
        self._left -= 1
        stop = min(start + length, self._size_bytes)
        if start < self._window_start or stop > self._window_start + len(self._window):
            self._window = await self._read(start, min(start + WINDOW_BYTES, self._size_bytes))
            self._window_start = start
        return self._window[start - self._window_start : stop - self._window_start]


async def probe(read: Read, size_bytes: int) -> Facts:
    """Return what the file's index says; never raises but what ``read`` raises."""
    looks = _Looks(read, size_bytes)
    facts = Facts()
    try:
        async for box in _boxes(looks, 0, size_bytes):
            if box.kind == b"moov":
                async for part in _boxes(looks, box.start, box.stop):
                    facts = await _learn(looks, part, facts)
                break
    except _TooManyLooks:
        pass
    return facts


async def _boxes(looks: _Looks, start: int, stop: int) -> AsyncIterator[_Box]:
    """Give the boxes between ``start`` and ``stop``, up to one that would reach outside."""
    while stop - start >= 8:
        head = await looks.at(start, 16)
        size, body = int.from_bytes(head[:4]), start + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16]), start + 16
        elif size == 0:
            size = stop - start
        if size < body - start or start + size > stop:
            return
        yield _Box(head[4:8], body, start + size)
        start += size


async def _learn(looks: _Looks, part: _Box, facts: Facts) -> Facts:
    """Add what one part of the index says to ``facts``."""
    if part.kind == b"mvhd":
        return replace(facts, duration_s=_duration_s(await looks.at(part.start, 32)))
    if part.kind == b"trak" and facts.width is None:
        width, height = await _picture_size(looks, part)
        return replace(facts, width=width, height=height)
    return facts


async def _picture_size(looks: _Looks, track: _Box) -> tuple[int | None, int | None]:
    """Return a video track's size as shown; nothing for other tracks."""
    size: tuple[int | None, int | None] = (None, None)
    is_video = False
    async for box in _boxes(looks, track.start, track.stop):
        if box.kind == b"tkhd":
            size = _shown_size(await looks.at(box.start, 96))
        elif box.kind == b"mdia":
            async for part in _boxes(looks, box.start, box.stop):
                if part.kind == b"hdlr":
                    is_video = (await looks.at(part.start, 12))[8:12] == b"vide"
                    break
    return size if is_video else (None, None)


def _duration_s(mvhd: bytes) -> float | None:
    """Read a movie header (section 8.2.2); version 1 has wider times."""
    times = (20, 24, 32) if mvhd[:1] == b"\1" else (12, 16, 20)
    scale = int.from_bytes(mvhd[times[0] : times[1]])
    field = mvhd[times[1] : times[2]]
    duration = int.from_bytes(field)
    # All bits set means that the length is not known.
    if not scale or not field.strip(b"\xff") or not 0 < duration / scale <= _LONGEST_S:
        return None
    return round(duration / scale, 3)


def _shown_size(tkhd: bytes) -> tuple[int | None, int | None]:
    """Read a track header (section 8.3.2); phones turn the picture by its matrix."""
    matrix = 52 if tkhd[:1] == b"\1" else 40
    width = int.from_bytes(tkhd[matrix + 36 : matrix + 40]) >> 16
    height = int.from_bytes(tkhd[matrix + 40 : matrix + 44]) >> 16
    if not (0 < width <= _LARGEST_PX and 0 < height <= _LARGEST_PX):
        return None, None
    a, d = tkhd[matrix : matrix + 4], tkhd[matrix + 16 : matrix + 20]
    return (height, width) if not any(a + d) else (width, height)
