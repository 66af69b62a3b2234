"""The title of a new video: as its owner typed it, or from the name of the file. Pure."""

from core.errors import Invalid
from core.text import TITLE_MAX, clean_line


def read_title(text: str) -> str:
    """Return the title as it will be kept, "" for none; raise Invalid."""
    try:
        return clean_line(text, at_most=TITLE_MAX) if text.strip() else ""
    except ValueError as error:
        raise Invalid(fields={"title": str(error)}) from None


def title_from(file_name: str) -> str:
    """Return a file's name without folders and ending, or a title for one without a name."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    try:
        return clean_line(stem[:TITLE_MAX], at_most=TITLE_MAX)
    except ValueError:
        return "Untitled"
