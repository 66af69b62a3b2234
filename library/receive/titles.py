"""The title of a new video: as its owner typed it, or from the name of the file. Pure."""

import contextlib
import re
from urllib.parse import unquote

from core.errors import Invalid
from core.file_extensions import LINK_EXTENSIONS
from core.text import TITLE_MAX, clean_line, tidy_line
from media.kinds import FILE_EXTENSIONS, OTHER_KINDS, PARTIAL_EXTENSIONS

# What tells the kind of a file and nothing of a film: "Vol.2" and "Dr.Strange" end in words.
# Before the ending only a video's is another: "The.Missing.Part.mkv" is a title of words.
_VIDEO = "|".join(sorted(FILE_EXTENSIONS))
_KNOWN = "|".join(sorted(LINK_EXTENSIONS | OTHER_KINDS.keys()))
_PARTIAL = "|".join(sorted(PARTIAL_EXTENSIONS))
_EXTENSIONS = re.compile(
    rf"(?<=.)(?:(?:\.(?:{_VIDEO}))?\.(?:{_KNOWN})(?:\.(?:{_PARTIAL}))*|(?:\.(?:{_PARTIAL}))+)"
    # Of addresses, and of browsers that have another file of the name. Words are no query.
    r"(?:\?(?:[a-z0-9_-]+=.*|\S*)| ?\([0-9]{1,3}\)|\.)?$",
    re.IGNORECASE,
)
# Of a file on any disk, or at the end of a link. For each ending in it the rest is looked at.
_LONGEST_NAME = 2048
# As programs save the name in an address. The spaces are those of the pages' language.
_ESCAPED = re.compile(r"(?:[^%\s\ufeff]|[\x1c-\x1f\x85]|%[0-9a-f]{2})+", re.IGNORECASE)


def read_title(text: str) -> str:
    """Return the title as it will be kept, "" for none; raise Invalid."""
    try:
        return clean_line(text, at_most=TITLE_MAX) if text.strip() else ""
    except ValueError as error:
        raise Invalid(fields={"title": str(error)}) from None


def title_from(file_name: str) -> str:
    """Return a file's name without folders and ending, or a title for one without a name.

    Programs name files: what a title must not have is taken out, and what is too long is cut.
    web/src/uploads/titles.ts does the same; tests/vectors/titles.json has examples.
    """
    name = file_name.replace("\\", "/").rpartition("/")[2]
    # Only now: an escaped slash is a part of the name.
    if _ESCAPED.fullmatch(name):
        with contextlib.suppress(UnicodeDecodeError):
            name = unquote(name, errors="strict")
    name = tidy_line(name, at_most=_LONGEST_NAME)
    return tidy_line(_EXTENSIONS.sub("", name), at_most=TITLE_MAX) or "Untitled"
