"""Trying somebody's password: it is neither found nor does trying lock them out."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts import guessing, services
from accounts.guessing import (
    BY_ACCOUNT,
    BY_ADDRESS,
    BY_DEVICE,
    COOKIE,
    HASHES_BY_ADDRESS,
    HASHES_OF_KNOWN,
    PRESENT,
    REFUSED,
)
from core.fair_queue import Busy
from core.limits import Limit
from tests.accounts import people
from tests.accounts.people import PASSWORD
from tests.accounts.test_api import Browser, limited, run_program
from tests.library.site import Answer, Person, Site
from tests.support import servers as server_processes
from tests.support.patience import PATIENCE_S

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

HOME, STRANGER = "127.0.0.2", "127.0.0.3"
WRONG = {"email": "bob@example.org", "password": "a wrong password"}
RIGHT = {"email": "bob@example.org", "password": PASSWORD}


@pytest.fixture(scope="module")
def site(
    valkey_socket: Path, migrated_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    data = server_processes.copy_template(migrated_template, tmp_path_factory.mktemp("a") / "data")
    servers = server_processes.Servers(data, f"unix://{valkey_socket}")
    try:
        yield Site(servers, servers.start())
    finally:
        servers.stop_all()


def sign_in(
    site: Site, source: str, login: dict[str, str], cookies: tuple[str, ...] = ()
) -> Answer:
    device = next((each for each in cookies if each.startswith(COOKIE)), "")
    fields = {"Content-Type": "application/json", "Cookie": device.partition(";")[0]}
    person = Person(site, source=source)
    return person.ask("POST", "/auth/login", fields, json.dumps(login).encode())


def test_who_tries_again_and_again_locks_out_nobody_but_themselves(site: Site) -> None:
    bob = {"email": "bob@example.org", "password": "a long enough password"}
    known = sign_in(site, HOME, bob).cookies
    tries = [sign_in(site, STRANGER, WRONG).status for _ in range(BY_ADDRESS.burst + 3)]
    assert tries.count(401) in (BY_ADDRESS.burst, BY_ADDRESS.burst + 1)
    assert tries[-1] == 429
    assert sign_in(site, HOME, bob).status == 200
    # Also where the stranger sits behind the same router.
    assert sign_in(site, STRANGER, bob).status == 429
    assert sign_in(site, STRANGER, bob, known).status == 200


async def test_guesses_from_any_number_of_addresses_are_few_together(settings: Any) -> None:
    settings.TRUSTED_PROXY = True
    await people.registered()
    limits = (BY_ACCOUNT, BY_DEVICE, PRESENT)
    assert sum(each.burst + 60 * each.per_minute for each in limits) <= 100
    bob = Browser()
    assert (await bob.send("login", RIGHT, **{"X-Forwarded-For": "192.0.2.1"})).status_code == 200
    await bob.send("logout")
    await limited(
        BY_ACCOUNT,
        lambda n: Browser().send("login", WRONG, **{"X-Forwarded-For": f"198.51.100.{n}"}),
    )
    assert (await bob.send("login", RIGHT, **{"X-Forwarded-For": "192.0.2.1"})).status_code == 200


async def test_who_is_refused_because_of_the_guesses_of_others_loses_none_of_their_own(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXY = True
    await people.registered()

    async def sign_in_at_home(login: dict[str, str]) -> int:
        answer = await Browser().send("login", login, **{"X-Forwarded-For": "192.0.2.1"})
        return int(answer.status_code)

    await limited(
        BY_ACCOUNT,
        lambda n: Browser().send("login", WRONG, **{"X-Forwarded-For": f"198.51.100.{n}"}),
    )
    refused = {await sign_in_at_home(RIGHT) for _ in range(HASHES_BY_ADDRESS.burst + 1)}
    monkeypatch.setattr(guessing, "BY_ACCOUNT", Limit("later", burst=99, per_minute=1))
    tries = [await sign_in_at_home(WRONG) for _ in range(BY_ADDRESS.burst)]

    assert (refused, set(tries)) == ({429}, {401})


async def test_a_known_device_has_few_tries_too() -> None:
    await people.registered()
    bob = Browser()
    await bob.send("login", RIGHT)
    await bob.send("logout")
    await limited(BY_DEVICE, lambda _: bob.send("login", WRONG))


@pytest.mark.parametrize("path", ["password", "delete-account"])
async def test_who_has_taken_a_session_has_few_tries_at_its_password(path: str) -> None:
    await people.registered()
    thief = Browser()
    await thief.send("login", RIGHT)
    wrong = {"password": "wrong"}
    body = {**wrong, "new_password": "another long secret"} if path == "password" else wrong
    await limited(PRESENT, lambda _: thief.send(path, body))


async def test_few_addresses_can_be_asked_whether_they_have_an_account() -> None:
    await people.registered()
    new = {**RIGHT, "display_name": "Eve"}
    for number in range(3):
        made = await run_program("register", {**new, "email": f"new{number}@example.org"})
        assert made.status_code == 201
    await limited(REFUSED, lambda _: run_program("register", new))


async def test_any_number_behind_one_router_may_register_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everybody = asyncio.Barrier(REFUSED.burst + 1)

    async def hash_when_all_are_here(password: str) -> str:
        await asyncio.wait_for(everybody.wait(), PATIENCE_S)
        return password

    monkeypatch.setattr(services, "hash_password", hash_when_all_are_here)
    new = {**RIGHT, "display_name": "Eve"}
    made = await asyncio.gather(
        *(
            Browser().send("register", {**new, "email": f"new{number}@example.org"})
            for number in range(everybody.parties)
        )
    )
    assert {answer.status_code for answer in made} == {201}


async def test_logins_are_limited_by_address_whatever_the_account() -> None:
    await limited(
        HASHES_BY_ADDRESS,
        lambda n: run_program("login", {"email": f"{n}@example.org", "password": "wrong"}),
    )


async def test_right_logins_of_a_known_device_are_limited_and_those_beside_it_are_not() -> None:
    """Each is work for the server."""
    await people.registered()
    bob, beside = Browser(), Browser()
    for browser in (bob, beside):
        await browser.send("login", RIGHT)
    await limited(HASHES_OF_KNOWN, lambda _: bob.send("login", RIGHT))
    assert (await beside.send("login", RIGHT)).status_code == 200


async def test_a_login_that_was_right_costs_no_try() -> None:
    await people.registered()
    for _ in range(BY_ADDRESS.burst + 5):
        assert (await run_program("login", RIGHT)).status_code == 200


async def test_what_the_server_has_no_time_for_costs_no_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def busy(*_asked: object) -> bool:
        raise Busy

    await people.registered()
    bob, stranger = Browser(), Browser()
    assert (await bob.send("login", RIGHT)).status_code == 200
    asked: list[Callable[[], Awaitable[Any]]] = [
        lambda: stranger.send("login", RIGHT),
        lambda: bob.send("delete-account", {"password": "wrong"}),
        lambda: bob.send("password", {"password": PASSWORD, "new_password": "short"}),
    ]
    with monkeypatch.context() as patched:
        patched.setattr("accounts.services.password_matches", busy)
        for ask in asked:
            assert {(await ask()).status_code for _ in range(BY_ADDRESS.burst + 1)} == {503}
    assert [(await ask()).status_code for ask in asked] == [200, 401, 422]


async def test_a_device_is_known_for_the_accounts_it_signed_in_to_and_no_other() -> None:
    await people.registered()
    await people.registered("eve@example.org", "Eve")
    eve = Browser()
    await eve.send("login", {**RIGHT, "email": "eve@example.org"})
    await eve.send("logout")
    await limited(BY_ADDRESS, lambda _: eve.send("login", WRONG))


async def test_a_made_up_device_is_unknown() -> None:
    await people.registered()
    browser = Browser()
    browser.cookies[COOKIE] = "made-up:value"
    await limited(BY_ADDRESS, lambda _: browser.send("login", WRONG))
    new = {**RIGHT, "email": "eve@example.org", "display_name": "Eve"}
    cookie = (await Browser().send("register", new)).cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["path"] == guessing.COOKIE_PATH
    assert "example" not in cookie.value
