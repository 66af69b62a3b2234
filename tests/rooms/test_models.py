"""Room codes as people type them."""

import json
from pathlib import Path

import pytest

from rooms.models import CODE_ALPHABET, new_code, read_code

CODES = json.loads((Path(__file__).parent.parent / "vectors" / "codes.json").read_text())


@pytest.mark.parametrize(("typed", "code"), CODES["written"])
def test_a_code_is_read_however_it_is_written(typed: str, code: str) -> None:
    assert read_code(typed) == code


def test_a_code_is_read_as_it_was_made() -> None:
    assert read_code(new_code()).strip(CODE_ALPHABET) == ""
