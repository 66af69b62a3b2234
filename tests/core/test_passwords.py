"""Hashing passwords."""

import asyncio
import threading
from typing import Any

import pytest
from django.contrib.auth import hashers

from core import passwords
from core.fair_queue import Busy, set_asker
from core.passwords import hash_password, password_matches


async def test_a_password_is_stored_as_argon2_and_only_it_matches(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["core.passwords.Argon2Hasher"]
    stored = await hash_password("correct horse")
    assert stored.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert len(stored) <= 128
    assert await password_matches("correct horse", stored)
    assert not await password_matches("correct horsf", stored)


async def test_a_password_that_an_older_version_stored_still_matches(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["core.passwords.Argon2Hasher"]
    older = await asyncio.to_thread(
        hashers.Argon2PasswordHasher().encode, "correct horse", "saltsalt"
    )
    assert ",p=8$" in older
    assert await password_matches("correct horse", older)


@pytest.mark.parametrize("stored", [None, "", "!unusable", "gibberish"])
async def test_nothing_matches_what_is_no_hash(stored: str | None) -> None:
    assert not await password_matches("", stored)
    assert not await password_matches("!", stored)


async def test_many_passwords_of_one_address_keep_nobody_else_waiting() -> None:
    ended: list[str] = []

    async def sign_in(who: str) -> None:
        set_asker(who)
        await hash_password("correct horse")
        ended.append(who)

    crowd = [asyncio.create_task(sign_in(who)) for who in ["ana"] * 30 + ["ben"]]
    await asyncio.gather(*crowd)
    assert ended.index("ben") < 6


async def test_past_a_bound_nobody_waits_for_a_hash_without_being_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_go_on = threading.Event()
    monkeypatch.setattr(hashers, "make_password", lambda password: may_go_on.wait(30) and password)
    monkeypatch.setattr(passwords.HASHING, "most_waiting_of_one", 1)
    waiting = [asyncio.create_task(hash_password("x")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await hash_password("x")
    may_go_on.set()
    assert await asyncio.gather(*waiting) == ["x"] * 3
    await hash_password("x")
