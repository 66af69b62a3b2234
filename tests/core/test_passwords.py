"""Hashing passwords."""

from typing import Any

import pytest

from core.passwords import hash_password, password_matches


def test_a_password_is_stored_as_argon2_and_only_it_matches(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    stored = hash_password("correct horse")
    assert stored.startswith("argon2$argon2id$")
    assert len(stored) <= 128
    assert password_matches("correct horse", stored)
    assert not password_matches("correct horsf", stored)


@pytest.mark.parametrize("stored", [None, "", "!unusable", "gibberish"])
def test_nothing_matches_what_is_no_hash(stored: str | None) -> None:
    assert not password_matches("", stored)
    assert not password_matches("!", stored)
