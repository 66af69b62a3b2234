"""Probing a file safely: its length, size, codecs and a poster.

``isolated/probe`` does the work in a separate process. It has no access to the file and asks us for
the bytes it needs, so files of every storage are probed in the same way, without a local copy, and
the cost of a hostile file is limited here.
"""

import asyncio
import contextlib
import json
import struct
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import structlog

from core.errors import Invalid
from core.sizes import readable
from media.child import running
from media.kinds import Kind
from media.plan import FEWEST_LINES, MOST_LINES, MOST_PIXELS
from media.tracks import Tracks

log = structlog.get_logger(__name__)

# Gives the bytes from the first argument up to, not including, the second.
Read = Callable[[int, int], Awaitable[bytes]]

# A film needs its index and a few frames; a recording without an index is read to its end.
MAX_READ_BYTES = 256 * 1024 * 1024
MAX_ANSWER_BYTES = 4 * 1024 * 1024
# The program's own: to import them from it would load its decoders into the server, which
# took 23 MB and 65 ms of each server process.
REFUSED = 0xFFFF_FFFF
WALL_S = 30


class Unreadable(Invalid):
    """The file looks like a video but cannot be read."""

    def __init__(self, why: str) -> None:
        super().__init__(fields={"file": why})


class Incomplete(Unreadable):
    """A part of the file is missing, for example after an interrupted download."""

    code = "incomplete"
    message = "A part of this file is missing. Copy or download it again."

    @classmethod
    def at_the_end(cls, size_bytes: int, expected_bytes: int) -> Self:
        """Return it for a file that is shorter than its own headers say."""
        missing = readable(expected_bytes - size_bytes)
        return cls(f"lacks {missing} of the {readable(expected_bytes)} that it should have")

    @classmethod
    def inside(cls) -> Self:
        """Return it for a file with the room for something, and nothing in it."""
        return cls("is empty in places, as a download that has not ended")


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts from the file itself; None if they are missing or invalid."""

    duration_s: float | None = None
    # The time of its first frame or sound: 0 in nearly every file.
    start_s: float | None = None
    width: int | None = None
    height: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    pixel_format: str | None = None
    poster: bytes | None = None
    tracks: Tracks = field(default_factory=Tracks)

    @classmethod
    def read(cls, told: dict[str, Any]) -> "Facts":
        """Parse the child's answer, which is trusted no more than the file itself."""
        return cls(
            duration_s=_number(told["duration_s"]),
            start_s=_number(told["start_s"]),
            width=_whole(told["width"]),
            height=_whole(told["height"]),
            video_codec=_text(told["video_codec"]),
            audio_codec=_text(told["audio_codec"]),
            pixel_format=_text(told["pixel_format"]),
            tracks=Tracks.read(told["tracks"]),
        )

    def told(self) -> dict[str, Any]:
        """Return all but the poster as JSON, for ``read``."""
        return {name: value for name, value in asdict(self).items() if name != "poster"}


async def probe(read: Read, size_bytes: int, kind: Kind) -> Facts:
    """Return the facts of a file.

    Raises Unreadable, Incomplete, Unavailable, or what ``read`` raises.
    """
    async with running("probe", str(size_bytes), kind.demuxer) as child:
        try:
            async with asyncio.timeout(WALL_S + 5):
                facts, has_holes = await _converse(child, read, size_bytes)
        except TimeoutError:
            facts = None
    if facts is None:
        raise Unreadable("is damaged, or not a video that can be read")
    if facts.video_codec is None:
        raise Unreadable("has no moving picture")
    width, height = facts.width or 0, facts.height or 0
    if width * height > MOST_PIXELS:
        size = f"{width} x {height} pixels"
        raise Unreadable(f"has pictures of {size}; the limit is {MOST_PIXELS} pixels in all")
    if min(width, height) < FEWEST_LINES or max(width, height) > MOST_LINES:
        size = f"{width} x {height} pixels"
        raise Unreadable(f"has pictures of {size}, which no screen shows")
    if has_holes:
        raise Incomplete.inside()
    return facts


async def _converse(
    child: asyncio.subprocess.Process, read: Read, size_bytes: int
) -> tuple[Facts | None, bool]:
    """Answer the child until it ends.

    Return what it has told, None when it told nothing, and whether the film has holes.
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
                break
            told = await asking.readexactly(length)
            if kind == b"F":
                told_facts = json.loads(told)
                facts = Facts.read(told_facts) if told_facts else Facts()
            elif kind == b"E" and length == 8:
                raise Incomplete.at_the_end(size_bytes, int.from_bytes(told))
            elif kind == b"X":
                raise Unreadable("is protected against copying, so no browser can play it")
            elif kind == b"H":
                has_holes = True
            elif kind == b"P" and facts is not None:
                facts = replace(facts, poster=told)
    return facts, has_holes


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
