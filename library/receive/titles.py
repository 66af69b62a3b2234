"""The title of a new video: typed by its owner, or from the file name. Pure."""

import contextlib
import re
from urllib.parse import unquote

from core.errors import Invalid
from core.file_extensions import LINK_EXTENSIONS
from core.text import TITLE_MAX, clean_line, tidy_line
from media.kinds import FILE_EXTENSIONS, OTHER_KINDS, PARTIAL_EXTENSIONS

# Extensions of known kinds only: "Vol.2" and "Dr.Strange" end in words. Before an extension only a
# video's extension is removed too: "The.Missing.Part.mkv" is a title of words.
_VIDEO = "|".join(sorted(FILE_EXTENSIONS))
_KNOWN = "|".join(sorted(LINK_EXTENSIONS | OTHER_KINDS.keys()))
_PARTIAL = "|".join(sorted(PARTIAL_EXTENSIONS))
_EXTENSIONS = re.compile(
    rf"(?<=.)(?:(?:\.(?:{_VIDEO}))?\.(?:{_KNOWN})(?:\.(?:{_PARTIAL}))*|(?:\.(?:{_PARTIAL}))+)"
    # Queries of addresses, and numbers that browsers add to duplicate names. Words are no query.
    r"(?:\?(?:[a-z0-9_-]+=.*|\S*)| ?\([0-9]{1,3}\)|\.)?$",
    re.IGNORECASE,
)
# The path of a file on any system, or at the end of a link. After each extension the rest is read.
_LONGEST_NAME = 2048
# Escapes in names that programs took from an address. The spaces are those of JavaScript.
_ESCAPED = re.compile(r"(?:[^%\s\ufeff]|[\x1c-\x1f\x85]|%[0-9a-f]{2})+", re.IGNORECASE)


def read_title(text: str) -> str:
    """Return the title as it will be stored, "" for none; raise Invalid."""
    try:
        return clean_line(text, at_most=TITLE_MAX) if text.strip() else ""
    except ValueError as error:
        raise Invalid(fields={"title": str(error)}) from None


def title_from(file_name: str) -> str:
    """Return a file name without folders and extension, or a title for a file without a name.

    Programs name files, so characters that a title must not have are removed, and a long name
    is cut.
    web/src/uploads/titles.ts does the same; tests/vectors/titles.json has examples.
    """
    name = file_name.replace("\\", "/").rpartition("/")[2]
    # Only now, because an escaped slash is part of the name.
    if _ESCAPED.fullmatch(name):
        with contextlib.suppress(UnicodeDecodeError):
            name = unquote(name, errors="strict")
    name = tidy_line(name, at_most=_LONGEST_NAME)
    return tidy_line(_EXTENSIONS.sub("", name), at_most=TITLE_MAX) or "Untitled"
