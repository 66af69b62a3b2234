"""API keys over REST: shown once, listed without what they are, revoked at once."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from accounts import keys, tokens
from accounts.keys_api import CREATIONS
from accounts.models import User
from accounts.principal import Principal
from tests.accounts import people
from tests.support.limits import use_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

KEYS = "/api/v1/auth/keys"


class Program:
    """Asks with a Bearer token, or with an API key."""

    def __init__(self, **headers: str) -> None:
        self._client, self._headers = AsyncClient(enforce_csrf_checks=True), headers

    async def get(self, path: str) -> Any:
        return await self._client.get(path, headers=self._headers)

    async def delete(self, path: str) -> Any:
        return await self._client.delete(path, headers=self._headers)

    async def make(self, name: Any = "Backup") -> Any:
        return await self._client.post(
            KEYS, {"name": name}, content_type="application/json", headers=self._headers
        )


def signed_in(user: User) -> Program:
    return Program(Authorization=f"Bearer {tokens.issue(user)}")


def with_key(text: str) -> Program:
    return Program(**{"X-API-Key": text})


async def test_a_key_is_shown_once_and_then_works_until_it_is_revoked() -> None:
    bob = signed_in(await people.registered())
    made = await bob.make("  Backup ")
    assert (made.status_code, made["cache-control"]) == (201, "no-store")
    key = made.json()
    program = with_key(key["key"])
    assert (await program.get("/api/v1/auth/me")).json()["user"]["display_name"] == "Bob"

    listed = (await bob.get(KEYS)).json()["keys"]
    assert listed[0].pop("last_used_at") is not None
    assert key.pop("last_used_at") is None
    text = key.pop("key")
    assert listed == [key]
    assert key["name"] == "Backup"
    assert text.startswith(key["prefix"])

    assert (await bob.delete(f"{KEYS}/{key['id']}")).status_code == 204
    assert (await program.get("/api/v1/auth/me")).status_code == 401
    assert (await bob.get(KEYS)).json() == {"keys": []}
    assert (await bob.delete(f"{KEYS}/{key['id']}")).status_code == 404


async def test_a_key_of_another_is_neither_listed_nor_revoked() -> None:
    bob, ann = signed_in(await people.registered()), signed_in(await people.guest())
    key = (await bob.make()).json()
    assert (await ann.get(KEYS)).json() == {"keys": []}
    assert (await ann.delete(f"{KEYS}/{key['id']}")).status_code == 404
    assert len((await bob.get(KEYS)).json()["keys"]) == 1


async def test_a_key_can_end_itself_but_neither_make_nor_end_another() -> None:
    bob = signed_in(await people.registered())
    key, other = (await bob.make()).json(), (await bob.make()).json()
    program = with_key(key["key"])
    assert (await program.make()).status_code == 403
    assert (await program.delete(f"{KEYS}/{other['id']}")).status_code == 403
    assert (await program.delete(f"{KEYS}/{key['id']}")).status_code == 204


async def test_a_key_cannot_make_its_guest_an_account() -> None:
    guest = await people.guest()
    key = (await signed_in(guest).make()).json()["key"]
    account = {"email": "thief@example.org", "password": "a long enough password"}
    answer = await AsyncClient().post(
        "/api/v1/auth/register",
        {**account, "display_name": "Thief"},
        content_type="application/json",
        headers={"X-API-Key": key},
    )
    assert answer.status_code == 403
    await guest.arefresh_from_db()
    assert guest.is_guest
    assert not await User.objects.filter(email=account["email"]).aexists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, None])
async def test_a_key_needs_a_name(name: Any) -> None:
    bob = signed_in(await people.registered())
    assert (await bob.make(name)).status_code == 422


async def test_there_is_a_limit_of_keys() -> None:
    bob = await people.registered()
    owner = Principal(bob.pk, bob.display_name, bob.is_guest, via="session")
    for _ in range(keys.MAX_KEYS):
        await sync_to_async(keys.create)(owner=owner, name="one")
    refused = await signed_in(bob).make()
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "too_many_keys")
    assert str(keys.MAX_KEYS) in refused.json()["error"]["message"]


async def test_making_keys_is_limited_in_rate() -> None:
    bob = signed_in(await people.registered())

    async def make(_: int) -> Any:
        response = await bob.make()
        return None if response.status_code == 201 else response

    assert (await use_up(CREATIONS.person, make)).status_code == 429
