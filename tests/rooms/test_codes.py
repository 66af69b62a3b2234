"""Room codes as people type them."""

import pytest

from rooms.models import CODE_ALPHABET, new_code, read_code


@pytest.mark.parametrize(
    "typed",
    [
        "bcdfgh2345",
        "BCDFGH2345",
        " bcdfgh2345\n",
        "bcd fgh 2345",
        "BCD-FGH-2345",
        "ｂｃｄｆｇｈ２３４５",
    ],
)
def test_a_code_is_read_however_it_is_written(typed: str) -> None:
    assert read_code(typed) == "bcdfgh2345"


def test_a_code_is_read_as_it_was_made() -> None:
    assert read_code(new_code()).strip(CODE_ALPHABET) == ""
