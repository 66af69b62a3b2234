"""Subtitle files as WebVTT, from any common format and encoding."""

import asyncio
import codecs
import json
from dataclasses import dataclass
from encodings import normalize_encoding
from encodings.aliases import aliases

import structlog

from core.errors import Invalid
from core.fair_queue import FairQueue
from media.child import running

log = structlog.get_logger(__name__)

# A long film with everything said takes 150 KiB.
MAX_BYTES = 2 * 1024 * 1024
CPU_S = 5
WALL_S = 20
READING = FairQueue(at_once=2, of_one=1)
# What Python can write text in, but those that nobody writes files in: some take the square of
# a file's length. A name that is looked up stays in memory, so none is but of these.
_MORE_ENCODINGS = {"cp737", "cp856", "cp874", "iso8859_1", "koi8_t", "koi8_u", "utf_8_sig"}
_OF_BYTES = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "uu_codec", "zlib_codec"}
_ENCODINGS = {*aliases.values(), *_MORE_ENCODINGS} - {*_OF_BYTES, "rot_13", "mbcs"}


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
    """Return what Python calls the encoding ``name``, "" for none given; else raise Invalid."""
    if not name:
        return ""
    plain = normalize_encoding(name).lower()
    found = aliases.get(plain, plain)
    if found not in _ENCODINGS or not name.isprintable():
        raise Invalid(fields={"encoding": "is not an encoding, such as windows-1252"})
    return codecs.lookup(found).name


async def to_webvtt(raw: bytes, *, encoding: str = "") -> WebVtt:
    """Read SRT, WebVTT or ASS from the bytes of a file of at most MAX_BYTES.

    Without ``encoding`` it is told from the bytes. Raises BadSubtitles, Busy and Unavailable.
    """
    async with READING.turn():
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
    async with running("subtitles", encoding, str(CPU_S)) as child:
        try:
            async with asyncio.timeout(WALL_S):
                return (await child.communicate(raw))[0]
        except TimeoutError:
            return b""
