"""The visual skeleton of a name: names with the same skeleton look the same. Pure.

Unicode Technical Standard 39, section 4 (https://www.unicode.org/reports/tr39/#Confusable_Detection),
with the data of the package confusable-homoglyphs; without regard to case, width and style.
"""

import functools
import json
from importlib.resources import files

from core.text import is_unseen, normalized


@functools.lru_cache(maxsize=20_000)
def skeleton(text: str) -> str:
    """Return the skeleton, which is equal for all texts that look like ``text``; never show it."""
    seen = "".join(c for c in text if not is_unseen(c) and not c.isspace())
    # A capital letter may look like a different letter than its lower-case form.
    return _prototypes(_prototypes(seen).casefold())


def _prototypes(text: str) -> str:
    """Replace each character by the representative of all that look like it."""
    plain = normalized("NFKD", text)
    return normalized("NFKD", plain.translate(_table()))


@functools.cache
def _table() -> dict[int, str]:
    """Return the representative of each character.

    The package lists each pair both ways. A character whose only partner has several partners,
    or is written with several letters, is not the representative.
    """
    data = files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8")
    partners = {
        text: [_bare(each["c"]) for each in found] for text, found in json.loads(data).items()
    }
    table: dict[int, str] = {}
    for text, (first, *more) in partners.items():
        if len(_bare(text)) == 1 and not more and _rank(first, partners) > _rank(text, partners):
            table[ord(_bare(text))] = first
    return table


def _rank(text: str, partners: dict[str, list[str]]) -> tuple[int, int, int, int]:
    """Return a rank that is greater for the representative of two characters."""
    return (len(partners.get(text, ())), len(text), text.isascii(), -ord(text[0]))


def _bare(text: str) -> str:
    # The data puts direction marks around characters of right-to-left scripts.
    return text.strip("\u200e")
