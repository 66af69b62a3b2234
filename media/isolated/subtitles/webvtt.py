"""Converts the text of a subtitle file to WebVTT."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from .problem import Problem

_TIME = r"(-?)(?:(\d{1,4}) ?: ?)?(\d{1,2}) ?: ?(\d{1,2})(?: ?[.,:;] ?(\d{1,9}))?"
_MOMENT = re.compile(_TIME, re.ASCII)
# Also as people and translation programs write it: with one dash, with spaces.
_ARROW = r"(?:[-\u2013\u2014] ?){1,3}(?:>|&gt;)"
_TIMES = re.compile(
    rf"[ \t]*{_TIME}[ \t]*{_ARROW}[ \t]*{_TIME}[ \t]*((?![\d.,:;])[^\n]*)", re.ASCII
)
# https://www.w3.org/TR/webvtt1/#file-structure
_HEADER = re.compile(r"\s*WEBVTT(?=[ \t\n]|\Z)", re.IGNORECASE)
_VTT_TIMES = re.compile(
    r"(?:\d+:)?\d\d:\d\d\.\d{3}[ \t]+-->[ \t]+(?:\d+:)?\d\d:\d\d\.\d{3}(?:[ \t][^\n]*)?", re.ASCII
)
_VTT_SETTING = re.compile(r"(?:vertical|line|position|size|align):\S+")
_VTT_STRAY = re.compile(r"<(?![a-z/]|\d+:)", re.IGNORECASE)
_EVENT = (
    "layer",
    "start",
    "end",
    "style",
    "name",
    "marginl",
    "marginr",
    "marginv",
    "effect",
    "text",
)
_ASS_TAGS = re.compile(r"\{([^{}]*)\}")
_SRT_TAGS = re.compile(r"\{(\\[^{}]*)\}")
_SWITCH = re.compile(r"([ibu])(\d*)")
_ALIGNMENT = re.compile(r"(an?)(\d+)")
_DRAWING = re.compile(r"p(\d+)")
_HTML = re.compile(
    r"<(?:[ \t]{0,8}(?P<end>/?)[ \t]{0,8}(?P<name>b|big|br|c|center|del|div|em|font|i|ins|lang|p|rt"
    r"|ruby|s|small|span|strike|strong|sub|sup|tt|u|v)(?=[ \t\n/>.:])[^<>]*|\d+:[\d:.]+)>"
    r"|\{(?P<old_end>/?)(?P<old>[ibu])\}|\{[cfpsy]:[^{}]*\}",
    re.IGNORECASE | re.ASCII,
)
_SWITCHES = {"i": "i", "em": "i", "b": "b", "strong": "b", "u": "u"}
_REFERENCE = re.compile(r"&(?!(?:[a-z][a-z0-9]*|#\d+|#x[0-9a-f]+);)", re.IGNORECASE | re.ASCII)
_BLANK = " \t\u00a0"
# What right-to-left languages have in times and numbers: their digits and decimal commas, and
# invisible marks of direction.
_AS_PLAIN = str.maketrans(
    "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹\u066b\u060c",
    "01234567890123456789,,",
    "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
# The first lines of other kinds of files, for the error message when no cue was found.
_OTHER_FORMS = {
    "MicroDVD": r"\{\d+\}\{\d*\}",
    "MPL2": r"\[\d+\]\[\d*\]",
    "SubViewer": r"\d+:\d\d:\d\d[.:]\d+,\d+:\d\d:\d\d[.:]\d+",
    "TTML": r"(?:<\?xml[^>]*>\s*)?<(?:\w+:)?tt[\s>]",
    "SAMI": r"<sami>",
    "LRC": r"\[\d+:\d\d(?:[.:]\d+)?\]",
    "SCC": r"Scenarist_SCC",
    "VobSub": r"# VobSub",
}


@dataclass(frozen=True)
class Style:
    """The parts of a text style that WebVTT can express."""

    i: bool = False
    b: bool = False
    u: bool = False
    at_top: bool = field(default=False, compare=False)


PLAIN = Style()


@dataclass(frozen=True)
class Times:
    """A cue's start and end in milliseconds, and its settings."""

    start: int
    end: int
    settings: str = ""


def to_webvtt(text: str) -> tuple[str, int]:
    """Convert SRT, ASS, SSA or WebVTT; return the WebVTT and the number of cues."""
    lines = text.split("\n")
    if header := _HEADER.match(text):
        vtt, cues = _repaired(("WEBVTT" + text[header.end() :]).split("\n"))
    else:
        timed = list(_cues_of_ass(lines)) or list(_cues_of_srt(lines))
        timed.sort(key=lambda cue: cue[0])
        # Translated signs are often drawn several times on top of each other.
        blocks = list(dict.fromkeys(block for _start, block in timed))
        vtt, cues = "\n\n".join(["WEBVTT", *blocks]) + "\n", len(blocks)
    if not cues:
        raise Problem(_why_none(text))
    return vtt, cues


def _why_none(text: str) -> str:
    beginning = text.lstrip()[:4096]
    for form, pattern in _OTHER_FORMS.items():
        if re.search("^" + pattern, beginning, re.IGNORECASE | re.MULTILINE):
            return f"is {form}, but must be SRT, WebVTT or ASS"
    return "has no subtitles in it"


def _repaired(lines: Sequence[str]) -> tuple[str, int]:
    """Return WebVTT with only what browsers cannot read changed, and the number of cues.

    Browsers know the format better than a converter.
    """
    made: list[str] = []
    cues = 0
    times_at = None
    for line in lines:
        if times := _times(line):
            cues += 1
            times_at = len(made)
            valid = _VTT_TIMES.fullmatch(line)
            made.append(line if valid else f"{_written(times)} {times.settings}".rstrip())
        elif times_at is not None and line.strip(_BLANK):
            if _is_at_top(line) and " line:" not in made[times_at]:
                made[times_at] += " line:0"
            plain = _SRT_TAGS.sub("", line).replace("-->", "--&gt;")
            pieces = re.split(r"<br[ \t]*/?>", _VTT_STRAY.sub("&lt;", plain), flags=re.IGNORECASE)
            made += [piece for piece in pieces if piece.strip(_BLANK)]
        else:
            times_at = None
            made.append(line)
    return "\n".join(made), cues


def _is_at_top(line: str) -> bool:
    tags = "".join(_SRT_TAGS.findall(line)).split("\\")
    return any(_place(tag) for tag in tags)


def _times(line: str) -> Times | None:
    found = _TIMES.fullmatch(_plain(line))
    if found is None:
        return None
    groups = found.groups()
    return Times(_ms(groups[:5]), _ms(groups[5:10]), groups[10].strip())


def _plain(line: str) -> str:
    return unicodedata.normalize("NFKC", line).translate(_AS_PLAIN)


def _ms(groups: Sequence[str | None]) -> int:
    sign, hours, minutes, seconds, fraction = groups
    whole_s = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    ms = whole_s * 1000 + int(((fraction or "") + "000")[:3])
    return -ms if sign else ms


def _cues_of_srt(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Read SRT, or WebVTT without its first line."""
    found = [(at, times) for at, times in enumerate(map(_times, lines)) if times]
    if not found:
        return
    first = found[0][0]
    number = _number(lines[first - 1]) if first else None
    ends = [*(at for at, _times in found[1:]), len(lines)]
    for (at, times), end in zip(found, ends, strict=True):
        words, number = _without_number(lines[at + 1 : end], number)
        switched = _HTML.sub(_as_switch, "\n".join(words)).replace("\\N", "\n")
        text, at_top = _styled(_SRT_TAGS.split(switched), PLAIN, {})
        settings = [part for part in times.settings.split() if _VTT_SETTING.fullmatch(part)]
        if at_top and not any(part.startswith("line:") for part in settings):
            settings.append("line:0")
        yield from _block(replace(times, settings=" ".join(settings)), text)


def _number(line: str) -> int | None:
    digits = _plain(line).strip(_BLANK)
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None


def _without_number(words: Sequence[str], before: int | None) -> tuple[Sequence[str], int | None]:
    """Return the lines of a cue without the number of the next one, and that number.

    A last line of digits is a number if an empty line precedes it, or if it counts on. Otherwise it
    is part of the text.
    """
    said = [at for at, line in enumerate(words) if line.strip(_BLANK)]
    last = said[-1] if said else 0
    number = _number(words[last]) if said else None
    is_apart = last > 0 and not words[last - 1].strip(_BLANK)
    if number is None or not (is_apart or (before is not None and number == before + 1)):
        return words, None
    return words[:last], number


def _as_switch(tag: re.Match[str]) -> str:
    """Return the ASS tag for an HTML tag."""
    name = (tag["name"] or tag["old"] or "").lower()
    if name == "br":
        return "\n"
    switch = _SWITCHES.get(name)
    return f"{{\\{switch}{0 if tag['end'] or tag['old_end'] else 1}}}" if switch else ""


def _cues_of_ass(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Read ASS or the older SSA, which numbers positions differently and has no underline."""
    section = ""
    columns: tuple[str, ...] = _EVENT
    styles: dict[str, Style] = {}
    for line in map(str.strip, lines):
        kind, colon, rest = line.partition(":")
        kind = kind.lower() if colon else ""
        if line.startswith("["):
            section, columns = line.lower(), _EVENT
        elif kind == "format":
            columns = tuple(name.strip().lower() for name in rest.split(","))
        elif kind == "style":
            name, style = _style(_row(columns, rest), is_old="+" not in section)
            styles[name] = style
        elif kind == "dialogue":
            yield from _cue_of_ass(_row(columns, rest), styles)


def _row(columns: Sequence[str], rest: str) -> dict[str, str]:
    values = rest.strip().split(",", len(columns) - 1)
    return dict(zip(columns, values, strict=False))


def _style(row: Mapping[str, str], *, is_old: bool) -> tuple[str, Style]:
    def is_on(column: str) -> bool:
        return row.get(column, "0").strip() not in ("", "0")

    alignment = ("a" if is_old else "an") + row.get("alignment", "").strip()
    style = Style(is_on("italic"), is_on("bold"), is_on("underline"), bool(_place(alignment)))
    return _name(row.get("name", "")), style


def _name(of_style: str) -> str:
    return of_style.strip().lstrip("*")


def _cue_of_ass(row: Mapping[str, str], styles: Mapping[str, Style]) -> Iterator[tuple[int, str]]:
    start = _MOMENT.fullmatch(row.get("start", "").strip())
    end = _MOMENT.fullmatch(row.get("end", "").strip())
    if start is None or end is None:
        return
    style = styles.get(_name(row.get("style", "")), PLAIN)
    said = re.sub(r"\\[Nn]", "\n", row.get("text", ""))
    text, at_top = _styled(_ASS_TAGS.split(said), style, styles)
    times = Times(_ms(start.groups()), _ms(end.groups()), "line:0" if at_top else "")
    yield from _block(times, text)


def _styled(parts: Sequence[str], style: Style, styles: Mapping[str, Style]) -> tuple[str, bool]:
    """Return the text as WebVTT, and whether it is shown at the top.

    ``parts`` alternate between text and tags such as ``\\i1\\an8``.
    """
    runs: list[tuple[Style, str]] = []
    now, is_drawing, at_top = style, False, None
    for index, part in enumerate(parts):
        if index % 2 == 0:
            if not is_drawing:
                runs.append((now, part.replace("\\h", "\u00a0")))
            continue
        for tag in (piece.strip() for piece in part.split("\\")[1:]):
            if switch := _SWITCH.fullmatch(tag):
                on = int(switch[2]) != 0 if switch[2] else getattr(style, switch[1])
                now = replace(now, **{switch[1]: on})
            elif drawing := _DRAWING.fullmatch(tag):
                is_drawing = int(drawing[1]) != 0
            elif tag.startswith("r"):
                now = styles.get(_name(tag[1:]), style)
            elif at_top is None:
                at_top = _place(tag)
    return "".join(_tagged(runs)), style.at_top if at_top is None else at_top


def _place(tag: str) -> bool | None:
    """Tell whether a tag, such as ``an8`` or the older ``a6``, places the text at the top."""
    found = _ALIGNMENT.fullmatch(tag)
    return int(found[2]) in ((7, 8, 9) if found[1] == "an" else (5, 6, 7)) if found else None


def _tagged(runs: Iterable[tuple[Style, str]]) -> Iterator[str]:
    for style, alike in groupby((run for run in runs if run[1]), key=lambda run: run[0]):
        text = "".join(text for _style, text in alike)
        # Keep character references: WebVTT has the same as HTML.
        written = _REFERENCE.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
        tags = [tag for tag in "ubi" if getattr(style, tag)]
        opened = "".join(f"<{tag}>" for tag in tags)
        closed = "".join(f"</{tag}>" for tag in reversed(tags))
        # Tag each line separately, so that leaving out a line does not break the tags.
        lines = written.split("\n")
        yield "\n".join(f"{opened}{line}{closed}" if line.strip(_BLANK) else line for line in lines)


def _block(times: Times, text: str) -> Iterator[tuple[int, str]]:
    """Yield the cue and its start; nothing if it is empty or ends before it starts."""
    # An empty line would end the cue.
    lines = [line for each in text.split("\n") if (line := each.strip(_BLANK))]
    if lines and times.end > max(times.start, 0):
        head = f"{_written(times)} {times.settings}".rstrip()
        yield times.start, "\n".join([head, *lines])


def _written(times: Times) -> str:
    return f"{_timestamp(times.start)} --> {_timestamp(times.end)}"


def _timestamp(at_ms: int) -> str:
    seconds, ms = divmod(max(at_ms, 0), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"
