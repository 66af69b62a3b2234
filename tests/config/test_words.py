"""What the pages say in German is said by somebody: by the pages themselves or by the server."""

import json
import re
from pathlib import Path

from django.contrib.auth import password_validation

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "web" / "src"
_FORM = re.compile(r"_(one|other)$")
# A value, or where one sentence follows another.
_GAP = re.compile(r"\{\{\w+\}\}|(?<=\.) ")
# Two literals of a text that goes over the end of a line.
_SEAM = re.compile(r'"\s*\n\s*f?"')


def said_by_the_pages() -> set[str]:
    literal = re.compile(r'"((?:[^"\\]|\\.)*)"')
    sources = (file for file in PAGES.rglob("*.ts*") if not file.name.endswith(".test.ts"))
    found = (text for file in sources for text in literal.findall(file.read_text()))
    return {text.replace("\\u00a0", "\u00a0") for text in found}


def said_by_the_server() -> str:
    folders = (folder for folder in ROOT.iterdir() if (folder / "__init__.py").exists())
    ours = (file for folder in folders if folder.name != "tests" for file in folder.rglob("*.py"))
    files = [*ours, Path(password_validation.__file__)]
    return "\n".join(_SEAM.sub("", file.read_text()) for file in files)


def test_every_german_text_is_said_somewhere() -> None:
    pages, server = said_by_the_pages(), said_by_the_server()

    def is_said(text: str) -> bool:
        # pydantic's words about a field stand in a library that is not Python.
        if text in pages or text.startswith("should "):
            return True
        return all(part.strip() in server for part in _GAP.split(text))

    words = json.loads((PAGES / "language" / "de.json").read_text())
    assert [key for key in words if not is_said(_FORM.sub("", key))] == []
