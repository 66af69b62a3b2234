"""Converts subtitle files of any common format and encoding to WebVTT."""

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
from media.kinds import HEAD_BYTES, OTHER_KINDS, other_kind, sniff

log = structlog.get_logger(__name__)

# All the dialogue of a long film takes 150 KiB.
MAX_BYTES = 2 * 1024 * 1024
CPU_S = 5
WALL_S = 20
READING = FairQueue(at_once=2, of_one=1)
# Python's text encodings, without those that nobody uses for files, some of which take quadratic
# time. Only these are looked up, because Python caches every name that it has looked up.
_MORE_ENCODINGS = {"cp737", "cp856", "cp874", "iso8859_1", "koi8_t", "koi8_u", "utf_8_sig"}
_OF_BYTES = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "uu_codec", "zlib_codec"}
_ENCODINGS = {*aliases.values(), *_MORE_ENCODINGS} - {*_OF_BYTES, "rot_13", "mbcs"}


class BadSubtitles(Invalid):
    """The file has no subtitles that we can read."""

    def __init__(self, why: str) -> None:
        super().__init__(fields={"file": why})


@dataclass(frozen=True, slots=True)
class WebVtt:
    """Subtitles in the format that browsers read."""

    text: str
    # The encoding of the file, by Python's name.
    encoding: str
    cues: int


def check_encoding(name: str) -> str:
    """Return Python's name of the encoding ``name``, or "" if it is empty; raise Invalid."""
    if not name:
        return ""
    plain = normalize_encoding(name).lower()
    found = aliases.get(plain, plain)
    if found not in _ENCODINGS or not name.isprintable():
        raise Invalid(fields={"encoding": "is not an encoding, such as windows-1252"})
    return codecs.lookup(found).name


async def to_webvtt(raw: bytes, *, encoding: str = "") -> WebVtt:
    """Convert the content of an SRT, WebVTT or ASS file of at most MAX_BYTES.

    Without ``encoding``, it is guessed from the content. Raises BadSubtitles, Busy and Unavailable.
    """
    async with READING.turn():
        answer = await _run_child(raw, encoding)
    facts, _, vtt = answer.partition(b"\n")
    if not facts:
        raise BadSubtitles("takes too long to read")
    answer = json.loads(facts)
    if problem := answer.get("problem"):
        kind = "a video" if sniff(raw[:HEAD_BYTES]) else other_kind(raw)
        if kind and kind != OTHER_KINDS["srt"]:
            raise BadSubtitles(f"is {kind}, and must be SRT, WebVTT or ASS")
        raise BadSubtitles(str(problem))
    if len(vtt) > 2 * MAX_BYTES:
        raise BadSubtitles("is too large as WebVTT")
    return WebVtt(vtt.decode(), str(answer["encoding"]), int(answer["cues"]))


async def _run_child(raw: bytes, encoding: str) -> bytes:
    async with running("subtitles", encoding, str(CPU_S)) as child:
        try:
            async with asyncio.timeout(WALL_S):
                return (await child.communicate(raw))[0]
        except TimeoutError:
            return b""
