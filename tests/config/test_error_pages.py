"""The real catalogue, and what is written from it."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from config.error_pages import all_errors, error_types, errors_page
from core.close_codes import CloseCode
from core.packages import PACKAGES
from rooms.protocol import ErrorCode

ROOT = Path(__file__).resolve().parents[2]
# Made up by the checksum extension of tus.
CHECKSUM_MISMATCH = 460


def test_every_error_says_all_that_a_caller_may_ask() -> None:
    for code, error in all_errors().items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
        assert (
            error.status == CHECKSUM_MISMATCH or HTTPStatus(error.status) >= HTTPStatus.BAD_REQUEST
        )
        assert isinstance(error.close_code, CloseCode)
        assert isinstance(error.retriable, bool)
        assert error.message


def test_what_a_socket_is_told_is_in_the_protocol_and_all_of_the_protocol_is_used() -> None:
    errors = all_errors()

    assert {error.socket_code for error in errors.values()} == set(ErrorCode)
    for code in ErrorCode:
        assert errors[code].socket_code == code


@pytest.mark.parametrize("package", PACKAGES)
def test_no_error_is_given_its_code_where_it_is_raised(package: str) -> None:
    # It would be missing in the catalogue.
    given = re.compile(r"\w\([^()\n]*\bcode=\"[a-z_]+\"")
    for path in (ROOT / package).rglob("*.py"):
        assert not given.search(path.read_text()), path


def test_page_and_types_have_a_line_for_every_code() -> None:
    page, types = errors_page(), error_types()

    for code, error in all_errors().items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{code}` |"))
        assert error.message in row
        assert f"| {'yes' if error.retriable else 'no'} |" in row
        assert f"  {code}: {'true' if error.retriable else 'false'},\n" in types


def test_what_failed_for_good_is_not_to_be_tried_again() -> None:
    errors = all_errors()

    again = {code for code, error in errors.items() if error.retriable}
    assert again == {
        "being_deleted",
        "busy",
        "checksum_mismatch",
        "insufficient_storage",
        "internal",
        "rate_limited",
        "timeout",
        "unavailable",
        "upload_in_progress",
        "upload_locked",
    }
