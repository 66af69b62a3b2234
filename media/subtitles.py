"""Subtitle files as WebVTT, whatever common form and code page they come in."""

import asyncio
import codecs
import json
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.errors import Invalid
from core.per_loop import PerLoop
from media.child import running

log = structlog.get_logger(__name__)

# A long film with everything said takes 150 KiB.
MAX_BYTES = 2 * 1024 * 1024
CPU_S = 5
WALL_S = 20
_PROGRAM = Path(__file__).with_name("subtitles_child.py")
# How many files are read at once by one server process.
_slots = PerLoop(lambda: asyncio.Semaphore(2))


class BadSubtitles(Invalid):
    """The file holds no subtitles that can be read."""

    def __init__(self, why: str) -> None:
        super().__init__(fields={"file": why})


@dataclass(frozen=True, slots=True)
class WebVtt:
    """Subtitles as every browser reads them."""

    text: str
    # What the file was written in, as Python calls it.
    encoding: str
    cues: int


def check_encoding(name: str) -> str:
    """Return ``name`` if it names an encoding of text, else raise Invalid."""
    try:
        found = codecs.lookup(name).name if name else ""
        if name:
            "".encode(found)  # codecs of bytes, such as zlib, refuse text
    except (LookupError, ValueError):  # of a name with a NUL, or one that encodes nothing
        raise Invalid(fields={"encoding": "is not an encoding, such as windows-1252"}) from None
    return found


async def to_webvtt(raw: bytes, *, encoding: str = "") -> WebVtt:
    """Read SRT, WebVTT or ASS from the bytes of a file of at most MAX_BYTES.

    Without ``encoding`` it is told from the bytes. Raises BadSubtitles and Unavailable.
    """
    async with _slots.get():
        answer = await _ask_child(raw, encoding)
    facts, _, vtt = answer.partition(b"\n")
    if not facts:
        raise BadSubtitles("takes too long to read")
    told = json.loads(facts)
    if problem := told.get("problem"):
        raise BadSubtitles(str(problem))
    if len(vtt) > 2 * MAX_BYTES:
        raise BadSubtitles("is too large as WebVTT")
    return WebVtt(vtt.decode(), str(told["encoding"]), int(told["cues"]))


async def _ask_child(raw: bytes, encoding: str) -> bytes:
    async with running(_PROGRAM, encoding, str(CPU_S)) as child:
        try:
            async with asyncio.timeout(WALL_S):
                return (await child.communicate(raw))[0]
        except TimeoutError:
            return b""
