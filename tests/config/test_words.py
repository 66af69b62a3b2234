"""German has every text that is said, by the pages or by the server, and no other."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from django.contrib.auth import password_validation

from core import validation
from media.kinds import OTHER_KINDS
from tests.config import said
from tests.config.said import ROOT, VALUE

PAGES = ROOT / "web" / "src"
# Told to whoever runs the server, in a terminal, a log or Django's admin.
TO_OPERATORS = (
    "accounts/admin.py",
    "config/backups/",
    "config/commands.py",
    "config/environment.py",
    "config/generate.py",
    "config/management/",
    "config/operator/",
    "config/processor_check.py",
    "config/setting_types.py",
    "config/site.py",
    "config/storage_environment.py",
    "core/error_catalogue.py",
    "core/metrics.py",
    "core/sentinel.py",
)
# Told to whoever writes programs: the pages never send what it answers.
TO_PROGRAMMERS = (
    "config/api.py",
    "config/json_parser.py",
    "library/receive/checksums.py",
    "library/receive/idempotency.py",
    "library/receive/resumable.py",
    "library/receive/tus",
    "rooms/codec.py",
)
IN_ENGLISH = {
    "To whoever runs the server": {
        "A guest cannot be staff: they have no password.",
        "The pages are not built. Start StreamIt with ./streamit up, which builds them.\n",
        "There is no such job.",
        "This is for staff.",
        "it was killed, usually because memory ran out",
        "not a webhook secret",
        f"no progress for {VALUE} s",
    },
    "To whoever writes programs, and of what only they send": {
        f"An API key cannot {VALUE}. Sign in to do it.",
        "The API key is wrong or was revoked.",
        "Send either a Bearer token or an API key.",
        "Send the body as application/json.",
        "A request must have one Host field.",
        f"The head of a request may have at most {VALUE} KiB.",
        "A message is a text frame.",
        "No such processor calls back here.",
        "This message is not signed by a key that is known here.",
        f"This message is from more than {VALUE} s ago, or from later.",
        "a cursor takes no offset",
        "is not one that was given out",
        "is of a list in another order",
        f"A link may be described in {VALUE}, and this request has more.",
        "Each part of the form needs the head field Content-Disposition: form-data with a name.",
        f"Content-Type must name the boundary of the form, which has at most {VALUE} characters.",
        (
            "The form cannot be read. It must begin with the boundary that Content-Type names, and "
            f"the head of a part may have {VALUE} fields of {VALUE} bytes at most, the name of the "
            "file included."
        ),
        "must be UTF-8",
        "A stream can only be read.",
        "A video's bytes can only be read.",
        "season and episode are forbidden when media_type is movie",
        "season and episode are required when media_type is tv",
        "Give source or url, not both.",
        "source is given too",
        "The file has no such bytes.",
        "The file is not the one you asked about.",
        "is required, or url",
    },
    "In a page for programs that show what a link leads to": {
        "Open the link to join the room.",
        f"{VALUE}. Open the link to watch together.",
    },
    "Part of what is there as a whole": {
        " A copy for all browsers is being made.",
        "source: is required",
        "text: must not be empty",
    },
    "The names of products": {"Google Cloud Storage", "Google Drive"},
    "Raised and always caught: a film's own subtitles that are too many": {
        f"has more than {VALUE}",
    },
    "To nobody: a storage that nothing is stored in": {
        "Nothing can be stored on somebody else's server.",
    },
}
_VALUE = re.compile(r"\\\{\\\{\w+\\\}\\\}")
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
    ours = (file for folder in said.folders() for file in folder.rglob("*.py"))
    files = [*ours, Path(password_validation.__file__)]
    return "\n".join(_SEAM.sub("", file.read_text()) for file in files)


def test_every_german_text_is_said_somewhere() -> None:
    pages, server = said_by_the_pages(), said_by_the_server()

    def is_said(text: str) -> bool:
        if text in pages:
            return True
        return all(part.strip() in server for part in _GAP.split(text))

    assert [key for key in german() if not is_said(_FORM.sub("", key))] == []


def test_every_text_that_the_server_says_to_people_is_there_in_german() -> None:
    known = patterns(german())

    def is_known(text: str) -> bool:
        """Tell whether it is there, and not only what is around a part of it that has words."""
        found = (one.fullmatch(text) for one in known)
        return any(
            all(VALUE in value or value.isdigit() or is_known(value) for value in one.groups())
            for one in found
            if one
        )

    lacking = {
        text
        for text, place in said.texts()
        if not place.startswith(TO_OPERATORS + TO_PROGRAMMERS) and not is_known(text)
    }
    in_english = set().union(*IN_ENGLISH.values())
    assert lacking - in_english == set()
    assert in_english - lacking == set()


def test_all_that_can_be_wrong_with_a_value_is_there_in_german() -> None:
    known = patterns(german())
    told = {re.sub(r"\{\w+\}", "7", text) for text in validation.WORDS.values()}
    assert [text for text in told if not any(one.fullmatch(text) for one in known)] == []


def test_every_kind_of_file_that_the_server_names_has_its_name_in_german() -> None:
    assert set(OTHER_KINDS.values()) <= german().keys()


def test_a_text_is_found_wherever_the_server_says_it() -> None:
    found = {text for text, _place in said.texts()}
    assert {
        "You may not do this.",  # the message of a class
        "The host does not let people vote to skip.",  # raised
        "This server's disk",  # the label of a class
        "is a live stream",  # of a field
        "Its site no longer has it.",  # of a table
        "must be a language tag, such as en or pt-BR",  # beside a field's name
        f"The file is larger than the limit of {VALUE}.",  # with a value
    } <= found


def german() -> dict[str, str]:
    words: dict[str, str] = json.loads((PAGES / "language" / "de.json").read_text())
    return words


def patterns(keys: Iterable[str]) -> list[re.Pattern[str]]:
    """Return what the pages know the server's texts by, as ``patternsOf`` in t.ts does."""
    return [
        re.compile(
            _VALUE.sub("(.+)", re.escape(key).replace("\\ ", r"\s").replace("\u00a0", r"\s"))
        )
        for key in keys
        if not key.startswith("{") and not _FORM.search(key)
    ]
