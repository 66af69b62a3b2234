"""Probes a file safely for its duration, size, codecs and a poster.

``isolated/probe`` does the work in a separate process. It has no access to the file and requests
the bytes it needs from us. So files of every storage are probed in the same way, without a local
copy, and the cost of a hostile file is limited here.
"""

import asyncio
import contextlib
import json
import signal
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import structlog

from core.errors import Invalid, Unavailable
from core.sizes import readable
from media.child import running
from media.kinds import Kind
from media.plan import FEWEST_LINES, MOST_LINES, MOST_PIXELS
from media.tracks import Tracks

log = structlog.get_logger(__name__)

# Returns the bytes from the first argument up to, not including, the second.
Read = Callable[[int, int], Awaitable[bytes]]

# A film needs its index and a few frames; a recording without an index is read to its end.
MAX_READ_BYTES = 256 * 1024 * 1024
MAX_ANSWER_BYTES = 4 * 1024 * 1024
# Same as in the program. Importing it from there would load the decoders into every server process
# (23 MB and 65 ms).
REFUSED = 0xFFFF_FFFF
WALL_S = 30
# How the program ends when it has used up its time, or its processor time.
_LATE = (-signal.SIGALRM, -signal.SIGXCPU)


class Unreadable(Invalid):
    """The file looks like a video but cannot be read."""

    def __init__(self, why: str) -> None:
        super().__init__(fields={"file": why})


class Incomplete(Unreadable):
    """Part of the file is missing, for example after an interrupted download."""

    code = "incomplete"
    message = "A part of this file is missing. Copy or download it again."

    @classmethod
    def at_the_end(cls, size_bytes: int, expected_bytes: int) -> Self:
        """Return the error for a file that is shorter than its own headers say."""
        missing = readable(expected_bytes - size_bytes)
        return cls(f"lacks {missing} of the {readable(expected_bytes)} that it should have")

    @classmethod
    def inside(cls) -> Self:
        """Return the error for a file of full length with holes in it."""
        return cls("is empty in places, like an unfinished download")


class ReadTooSlowly(Unavailable):
    """Most of the time went into waiting for the bytes of the file."""

    message = (
        f"The file comes too slowly to look into it within {WALL_S} s. Try again a little later."
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts from the file itself; None if they are missing or invalid."""

    duration_s: float | None = None
    # The time of the first video or audio frame: 0 in nearly every file.
    start_s: float | None = None
    width: int | None = None
    height: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    pixel_format: str | None = None
    # Whether the file says not to show its picture, or not to play its sound, and browsers obey.
    is_switched_off: bool = False
    # Whether browsers look through all of the file before they begin or seek.
    is_slow_to_open: bool = False
    poster: bytes | None = None
    tracks: Tracks = field(default_factory=Tracks)

    @classmethod
    def from_json(cls, reported: dict[str, Any]) -> "Facts":
        """Parse the child's report, which is as untrusted as the file itself."""
        return cls(
            duration_s=_number(reported["duration_s"]),
            start_s=_number(reported["start_s"]),
            width=_integer(reported["width"]),
            height=_integer(reported["height"]),
            video_codec=_text(reported["video_codec"]),
            audio_codec=_text(reported["audio_codec"]),
            pixel_format=_text(reported["pixel_format"]),
            is_switched_off=bool(reported["is_switched_off"]),
            is_slow_to_open=bool(reported["is_slow_to_open"]),
            tracks=Tracks.from_json(reported["tracks"]),
        )

    def to_json(self) -> dict[str, Any]:
        """Return everything but the poster, for ``from_json``."""
        return {name: value for name, value in asdict(self).items() if name != "poster"}


async def probe(read: Read, size_bytes: int, kind: Kind, *, checks_seeking: bool = True) -> Facts:
    """Return the facts of a file.

    ``checks_seeking`` reads up to 16 MiB more of it to find out whether browsers can seek in it.

    Raises Unreadable, Incomplete, ReadTooSlowly, Unavailable, or what ``read`` raises.
    """
    wanted = ["checks-seeking"] if checks_seeking else []
    timed, began_s = _Timed(read), time.monotonic()
    facts, has_holes, is_late = None, False, False
    async with running("probe", str(size_bytes), kind.demuxer, *wanted) as child:
        try:
            async with asyncio.timeout(WALL_S + 5):
                facts, has_holes = await _converse(child, timed, size_bytes)
        except TimeoutError:
            is_late = True
    if facts is None and (is_late or child.returncode in _LATE):
        if timed.taken_s > (time.monotonic() - began_s) / 2:
            raise ReadTooSlowly
        raise Unreadable(f"takes longer than {WALL_S} s to look into")
    if facts is None:
        raise Unreadable("is damaged, or not a video that can be read")
    if facts.video_codec is None:
        raise Unreadable("has no video")
    width, height = facts.width or 0, facts.height or 0
    if width * height > MOST_PIXELS:
        size = f"{width} x {height} pixels"
        raise Unreadable(f"has {size}; the limit is {MOST_PIXELS} pixels in all")
    if min(width, height) < FEWEST_LINES or max(width, height) > MOST_LINES:
        size = f"{width} x {height} pixels"
        raise Unreadable(f"has {size}, which no screen shows")
    if has_holes:
        raise Incomplete.inside()
    return facts


class _Timed:
    """Reads, and counts how long that takes in all."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.taken_s = 0.0

    async def __call__(self, start: int, stop: int) -> bytes:
        began_s = time.monotonic()
        try:
            return await self._read(start, stop)
        finally:
            self.taken_s += time.monotonic() - began_s


async def _converse(
    child: asyncio.subprocess.Process, read: Read, size_bytes: int
) -> tuple[Facts | None, bool]:
    """Answer the child's requests until it ends.

    Returns the facts it reported, or None, and whether the film has holes.
    """
    asking, answers = child.stdout, child.stdin
    assert asking is not None and answers is not None  # noqa: S101, PT018
    facts: Facts | None = None
    has_holes = False
    left_bytes = MAX_READ_BYTES
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            kind = await asking.readexactly(1)
            if kind == b"R":
                start, length = struct.unpack(">QI", await asking.readexactly(12))
                left_bytes -= length
                content = b""
                if left_bytes >= 0 and start < size_bytes:
                    content = await read(start, min(start + length, size_bytes))
                answers.write(struct.pack(">I", len(content) if left_bytes >= 0 else REFUSED))
                answers.write(content)
                await answers.drain()
                continue
            (length,) = struct.unpack(">I", await asking.readexactly(4))
            if length > MAX_ANSWER_BYTES:
                return facts, has_holes
            content = await asking.readexactly(length)
            if kind == b"F":
                reported = json.loads(content)
                facts = Facts.from_json(reported) if reported else Facts()
            elif kind == b"E" and length == 8:
                raise Incomplete.at_the_end(size_bytes, int.from_bytes(content))
            elif kind == b"X":
                raise Unreadable("is protected against copying, so no browser can play it")
            elif kind == b"S":
                raise Unreadable(
                    "is scrambled, as pay TV is, so nothing can play it. Record it with a receiver "
                    "that descrambles it"
                )
            elif kind == b"J":
                raise Unreadable(
                    "has several films one behind the other, of which players show only the "
                    "first. Upload each by itself, or join them with a video editor"
                )
            elif kind == b"H":
                has_holes = True
            elif kind == b"D":
                raise Unreadable("is damaged: none of its pictures can be decoded")
            elif kind == b"P" and facts is not None:
                facts = replace(facts, poster=content)
    # A kill while it ends would hide from asyncio how it has ended.
    await child.wait()
    return facts, has_holes


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _integer(value: Any) -> int | None:
    return None if value is None else int(value)
