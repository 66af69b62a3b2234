"""Hashing passwords."""

from typing import Any

import pytest

from core.passwords import hash_password, password_matches


async def test_a_password_is_stored_as_argon2_and_only_it_matches(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    stored = await hash_password("correct horse")
    assert stored.startswith("argon2$argon2id$")
    assert len(stored) <= 128
    assert await password_matches("correct horse", stored)
    assert not await password_matches("correct horsf", stored)


@pytest.mark.parametrize("stored", [None, "", "!unusable", "gibberish"])
async def test_nothing_matches_what_is_no_hash(stored: str | None) -> None:
    assert not await password_matches("", stored)
    assert not await password_matches("!", stored)
