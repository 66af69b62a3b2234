"""The program that reads a subtitle file: a process of its own, so that no file costs much.

The parser's patterns are slow on text made to be slow for them, so this has bounded memory and
processor time, and writes no file. The file comes on stdin, the answer goes to stdout: a line
of JSON, ``{"encoding": …, "cues": …}`` or ``{"problem": …}``, and then the WebVTT.
"""

import html
import json
import re
import resource
import sys

import chardet
import pysubs2
from pysubs2.formats.substation import parse_tags

MEMORY_BYTES = 512 * 1024 * 1024
# https://www.w3.org/TR/webvtt1/#file-structure
_HEADER = re.compile(r"WEBVTT(?:[ \t\n]|\Z)")
_VTT_TIMES = re.compile(
    r"^(?:\d+:)?\d\d:\d\d\.\d{3}[ \t]+-->[ \t]+(?:\d+:)?\d\d:\d\d\.\d{3}", re.MULTILINE
)
_AT_TOP = re.compile(r"\\an[789]")
# As WHATWG's Encoding Standard has it: what calls itself Latin-1 is Windows-1252.
_SUPERSETS = {"iso-8859-1": "windows-1252", "iso8859-15": "windows-1252"}
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


class Problem(Exception):
    """Why the file gives no subtitles, in words that follow "file"."""


def main(given_encoding: str, cpu_s: int) -> None:
    _set_limits(cpu_s)
    raw = sys.stdin.buffer.read()
    try:
        encoding, text = _decode(raw, given_encoding)
        vtt, cues = to_webvtt(text)
    except Problem as problem:
        _answer({"problem": str(problem)})
    else:
        _answer({"encoding": encoding, "cues": cues}, vtt)


def _set_limits(cpu_s: int) -> None:
    for limit, value in [
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ]:
        resource.setrlimit(limit, (value, value))


def _answer(facts: dict[str, object], vtt: str = "") -> None:
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + vtt.encode())


def _decode(raw: bytes, given: str) -> tuple[str, str]:
    """Return the encoding of ``raw`` and its text: ``given``, its mark, UTF-8, or a guess."""
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if raw.startswith(mark)), "")
    for encoding in filter(None, [marked, given, "" if given else "utf-8"]):
        try:
            return encoding, _tidy(raw.decode(encoding))
        except UnicodeError:
            if encoding == given:
                raise Problem(f"is not written in {given}") from None
    guess = chardet.detect(raw)["encoding"]
    encoding = _SUPERSETS.get((guess or "").lower(), (guess or "").lower())
    if not encoding:
        raise Problem("is not text that can be read")
    return encoding, _tidy(raw.decode(encoding, "replace"))


def _tidy(text: str) -> str:
    # Half a character of UTF-16 cannot be written as UTF-8.
    text = text.encode(errors="replace").decode()
    # PostgreSQL keeps no NUL, and WebVTT reads it as the replacement character.
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").lstrip("\ufeff")


def to_webvtt(text: str) -> tuple[str, int]:
    """Return ``text``, which is SRT, ASS or WebVTT, as WebVTT, and how many cues it has."""
    if _HEADER.match(text):
        # As it is: browsers read what it may hold better than any converter.
        cues = len(_VTT_TIMES.findall(text))
        vtt = text
    else:
        blocks = [_block(event, subtitles) for subtitles in [_parse(text)] for event in subtitles]
        written = [block for _start, block in sorted(filter(None, blocks))]
        cues = len(written)
        vtt = "\n\n".join(["WEBVTT", *written]) + "\n"
    if not cues:
        raise Problem("has no subtitles in it")
    return vtt, cues


def _parse(text: str) -> pysubs2.SSAFile:
    is_ass = "[script info]" in text[:4096].lower() or "\nDialogue:" in text
    try:
        return pysubs2.SSAFile.from_string(text, format_="ass" if is_ass else "srt")
    except (ValueError, IndexError, KeyError, pysubs2.exceptions.Pysubs2Error):
        raise Problem("must be SRT, WebVTT or ASS subtitles") from None


def _block(event: pysubs2.SSAEvent, subtitles: pysubs2.SSAFile) -> tuple[int, str] | None:
    """Return one cue and when it starts; None of a comment, a drawing or an empty line."""
    style = subtitles.styles.get(event.style, pysubs2.SSAStyle.DEFAULT_STYLE)
    words = "".join(
        _styled(fragment, shown)
        for fragment, shown in parse_tags(event.text, style, subtitles.styles)
    )
    # An empty line would end the cue.
    lines = [line.strip() for line in words.split("\n") if line.strip()]
    if not event.is_text or not lines or event.end <= max(event.start, 0):
        return None
    settings = " line:0" if _AT_TOP.search(event.text) or style.alignment in (7, 8, 9) else ""
    times = f"{_timestamp(event.start)} --> {_timestamp(event.end)}{settings}"
    return event.start, "\n".join([times, *lines])


def _styled(fragment: str, style: pysubs2.SSAStyle) -> str:
    plain = fragment.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u00a0")
    # Files that hold "&amp;" mean "&"; and WebVTT wants it written so again.
    text = html.escape(html.unescape(plain), quote=False)
    for tag, is_on in (("i", style.italic), ("b", style.bold), ("u", style.underline)):
        if is_on and text.strip():
            text = f"<{tag}>{text}</{tag}>"
    return text


def _timestamp(at_ms: int) -> str:
    seconds, ms = divmod(max(at_ms, 0), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
