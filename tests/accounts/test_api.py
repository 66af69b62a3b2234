"""The auth endpoints through Django's whole stack, as a browser and as a program."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.test import AsyncClient

import core.live
from accounts import services
from accounts.api import GUESTS, REGISTRATIONS
from accounts.models import SignIn, User
from core.limits import Limit
from tests.accounts import people
from tests.accounts.people import CSRF, PASSWORD
from tests.support.limits import use_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

AUTH = "/api/v1/auth"


class Browser(AsyncClient):
    """A browser that has loaded our page, and so sends its CSRF cookie back as a header."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.cookies["csrftoken"] = CSRF

    async def send(self, endpoint: str, body: Any = None, **headers: str) -> Any:
        headers = {"X-CSRFToken": self.cookies["csrftoken"].value, **headers}
        return await self.post(
            f"{AUTH}/{endpoint}", body, content_type="application/json", headers=headers
        )

    async def whoami(self) -> Any:
        response = await self.get(f"{AUTH}/me")
        return response.json()["user"] if response.status_code == 200 else None


async def run_program(endpoint: str, body: Any = None, token: str = "") -> Any:
    """Call ``endpoint`` without any cookie."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await AsyncClient(enforce_csrf_checks=True).post(
        f"{AUTH}/{endpoint}", body, content_type="application/json", headers=headers
    )


def assert_error(response: Any, status: int, code: str, **fields: str) -> None:
    """Check that ``response`` is this error, in the one shape."""
    assert response.status_code == status, response.content
    error = response.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert error.get("fields", {}).keys() == fields.keys()
    for name, why in fields.items():
        assert why in error["fields"][name]


def account(email: str = "bob@example.org", **changes: Any) -> dict[str, Any]:
    """Return a registration's body."""
    return {"email": email, "password": PASSWORD, "display_name": "Bob", **changes}


async def test_a_guest_gets_a_name_a_session_and_a_token() -> None:
    browser = Browser()
    response = await browser.send("guest", {"display_name": "  Ann "})
    assert response.status_code == 201
    user = response.json()["user"]
    rest = {"is_guest": True, "email": None, "is_staff": False}
    assert user == {"id": user["id"], "display_name": "Ann", **rest}
    assert await browser.whoami() == user
    cookie = response.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    token = response.json()["access_token"]
    by_token = await AsyncClient().get(f"{AUTH}/me", headers={"Authorization": f"Bearer {token}"})
    assert by_token.json() == {"user": user}


async def test_guests_who_come_at_the_same_moment_are_people_of_their_own() -> None:
    browsers = [Browser() for _ in range(12)]
    again = browsers[0]
    await again.send("guest", {"display_name": "Left behind"})
    names = [f"Guest {number}" for number in range(12)]
    answers = await asyncio.gather(
        *(
            browser.send("guest", {"display_name": name})
            for browser, name in zip(browsers, names, strict=True)
        )
    )

    ids = {answer.json()["user"]["id"] for answer in answers}
    assert len(ids) == 12
    for browser, name, answer in zip(browsers, names, answers, strict=True):
        token = answer.json()["access_token"]
        by_token = await AsyncClient().get(
            f"{AUTH}/me", headers={"Authorization": f"Bearer {token}"}
        )
        assert by_token.json() == {"user": answer.json()["user"]}
        assert await browser.whoami() == answer.json()["user"]
        assert answer.json()["user"]["display_name"] == name
    # Of each there is one session and one browser, and of who was a guest before only the new.
    assert await Session.objects.acount() == await SignIn.objects.acount() == 12


async def test_a_guest_whose_tabs_all_begin_anew_at_once_is_let_in_by_each_of_them() -> None:
    first, *tabs = [Browser() for _ in range(4)]
    await first.send("guest", {"display_name": "Ann"})
    for tab in tabs:
        tab.cookies["sessionid"] = first.cookies["sessionid"].value
    answers = await asyncio.gather(*(tab.send("guest", {"display_name": "Bo"}) for tab in tabs))

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    for tab, answer in zip(tabs, answers, strict=True):
        assert await tab.whoami() == answer.json()["user"]
    assert await first.whoami() is None


async def test_each_sign_in_gives_the_session_a_new_key_also_to_who_is_signed_in_already() -> None:
    browser = Browser()
    await browser.send("register", account())
    keys = [browser.cookies["sessionid"].value]
    for _ in range(2):
        await browser.send("login", {"email": "bob@example.org", "password": PASSWORD})
        keys.append(browser.cookies["sessionid"].value)

    assert len(set(keys)) == 3
    assert await browser.whoami()
    for old in keys[:-1]:
        browser.cookies["sessionid"] = old
        assert await browser.whoami() is None


async def test_a_request_with_the_key_of_before_that_is_answered_late_takes_no_newer_one_away() -> (
    None
):
    browser, late = Browser(), Browser()
    await browser.send("register", account())
    late.cookies["sessionid"] = browser.cookies["sessionid"].value
    await browser.send("login", {"email": "bob@example.org", "password": PASSWORD})

    answer = await late.get(f"{AUTH}/me")

    assert answer.status_code == 401
    assert "sessionid" not in answer.cookies
    assert answer["Vary"] == "Cookie"


async def test_the_session_of_an_account_is_not_replaced_by_a_guests() -> None:
    browser = Browser()
    await browser.send("register", account())
    before = await browser.whoami()
    refused = await browser.send("guest", {"display_name": "Ann"})
    assert_error(refused, 409, "member_signed_in")
    assert await browser.whoami() == before


async def test_nothing_that_carries_a_token_may_be_cached() -> None:
    assert (await run_program("guest", {"display_name": "Ann"}))["Cache-Control"] == "no-store"


async def test_nobody_is_nobody() -> None:
    assert_error(await AsyncClient().get(f"{AUTH}/me"), 401, "not_authenticated")


@pytest.mark.parametrize("endpoint", ["guest", "register", "login"])
async def test_a_program_signs_in_without_cookies(endpoint: str) -> None:
    await people.registered("carol@example.org")
    body = {
        "guest": {"display_name": "Ann"},
        "register": account(),
        "login": {"email": "carol@example.org", "password": PASSWORD},
    }[endpoint]
    response = await run_program(endpoint, body)
    assert response.status_code == (200 if endpoint == "login" else 201)


@pytest.mark.parametrize("endpoint", ["guest", "register", "login"])
async def test_another_sites_page_cannot_sign_its_visitor_in(endpoint: str) -> None:
    await people.registered("carol@example.org")
    body = {
        "guest": {"display_name": "Ann"},
        "register": account(),
        "login": {"email": "carol@example.org", "password": PASSWORD},
    }[endpoint]
    assert_error(
        await Browser().send(endpoint, body, Origin="http://evil.example"), 403, "csrf_failed"
    )
    assert_error(await Browser().send(endpoint, body, Origin="null"), 403, "csrf_failed")
    signed_in = Browser()
    await signed_in.send("guest", {"display_name": "Ann"})
    before = await signed_in.whoami()
    assert_error(await signed_in.send(endpoint, body, **{"X-CSRFToken": ""}), 403, "csrf_failed")
    assert await signed_in.whoami() == before
    ours = await Browser().send(endpoint, body, Origin="http://testserver")
    assert ours.status_code in (200, 201)


async def test_an_account_is_found_again_whatever_the_case_of_its_address() -> None:
    created = await run_program("register", account("Bob@Example.ORG"))
    assert created.status_code == 201
    assert created.json()["user"]["email"] == "bob@example.org"
    again = await run_program("login", {"email": " BOB@example.org", "password": PASSWORD})
    assert again.status_code == 200
    assert again.json()["user"] == created.json()["user"]


async def test_a_guest_who_registers_keeps_their_id_and_the_old_token_ends() -> None:
    browser = Browser()
    guest = (await browser.send("guest", {"display_name": "Ann"})).json()
    response = await browser.send("register", account())
    assert response.status_code == 201
    user = response.json()["user"]
    assert user == {
        "id": guest["user"]["id"],
        "display_name": "Bob",
        "is_guest": False,
        "email": "bob@example.org",
        "is_staff": False,
    }
    assert await browser.whoami() == user
    assert await User.objects.acount() == 1
    old = await run_program("logout", token=guest["access_token"])
    assert_error(old, 401, "bad_token")


async def test_a_program_upgrades_the_guest_of_its_token() -> None:
    guest = (await run_program("guest", {"display_name": "Ann"})).json()
    response = await run_program("register", account(), token=guest["access_token"])
    assert response.json()["user"]["id"] == guest["user"]["id"]


async def test_registering_with_an_account_signed_in_makes_another_account() -> None:
    browser = Browser()
    first = (await browser.send("register", account("bob@example.org"))).json()["user"]
    second = (await browser.send("register", account("rob@example.org"))).json()["user"]
    assert first["id"] != second["id"]
    assert await browser.whoami() == second


async def test_a_taken_address_is_refused_and_the_guest_stays_a_guest() -> None:
    await people.registered("bob@example.org")
    browser = Browser()
    await browser.send("guest", {"display_name": "Ann"})
    response = await browser.send("register", account("BOB@example.org"))
    assert_error(
        response,
        422,
        "invalid",
        email="cannot be made",
    )
    assert (await browser.whoami())["is_guest"]


async def test_of_two_who_register_one_address_at_once_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hash_while_another_registers(password: str) -> str:
        await User.objects.acreate(email="bob@example.org", display_name="Rival", is_guest=False)
        return password

    monkeypatch.setattr(services, "hash_password", hash_while_another_registers)
    response = await run_program("register", account())
    assert_error(
        response,
        422,
        "invalid",
        email="cannot be made",
    )


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"password": "1234567"}, {"password": "at least 10 characters"}),
        ({"password": "password"}, {"password": "too common"}),
        ({"password": "p" * 129}, {"password": "at most 128"}),
        ({"password": " " * 12}, {"password": "too few different characters"}),
        ({"password": "01011010110100"}, {"password": "too few different characters"}),
        ({"email": "nobody"}, {"email": "must look like name@example.org"}),
        ({"email": f"{'a' * 250}@example.org"}, {"email": "at most 254"}),
        ({"email": None}, {"email": "must be text"}),
        ({"display_name": "\u0301"}, {"display_name": "seen"}),
        ({"is_guest": True}, {"is_guest": "is not known here"}),
        ({"id": "x", "display_name": ""}, {"id": "is not known", "display_name": "empty"}),
    ],
)
async def test_what_is_wrong_with_a_registration_is_said_by_field(
    changes: dict[str, Any], fields: dict[str, str]
) -> None:
    assert_error(await run_program("register", account(**changes)), 422, "invalid", **fields)
    assert not await User.objects.aexists()


@pytest.mark.parametrize(
    "sign_in",
    [
        lambda browser: browser.send("guest", {"display_name": "Ann"}),
        lambda browser: browser.send("register", account()),
        lambda browser: browser.send("login", {"email": "al@example.org", "password": PASSWORD}),
    ],
    ids=["guest", "register", "login"],
)
async def test_signing_in_gives_the_session_a_new_key(sign_in: Callable[[Browser], Any]) -> None:
    await people.registered("al@example.org")
    browser = Browser()
    await browser.send("guest", {"display_name": "Ann"})
    planted = browser.cookies["sessionid"].value
    await sign_in(browser)
    assert browser.cookies["sessionid"].value != planted
    victim = Browser()
    victim.cookies["sessionid"] = planted
    assert await victim.whoami() is None


async def test_logging_out_ends_the_session_and_needs_the_csrf_token() -> None:
    browser = Browser()
    await browser.send("guest", {"display_name": "Ann"})
    key = browser.cookies["sessionid"].value
    assert_error(await browser.send("logout", **{"X-CSRFToken": ""}), 403, "csrf_failed")
    assert await browser.whoami() is not None
    assert (await browser.send("logout")).status_code == 204
    browser.cookies["sessionid"] = key
    assert await browser.whoami() is None
    assert (await browser.send("logout")).status_code == 204


@pytest.mark.parametrize("email", ["bob@example.org", "unknown@example.org"])
async def test_a_wrong_login_says_and_costs_the_same_for_every_address(
    email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.registered("bob@example.org")
    hashed_in: list[threading.Thread] = []
    encode = hashers.MD5PasswordHasher.encode

    def counting(self: Any, password: str, salt: str) -> str:
        hashed_in.append(threading.current_thread())
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counting)
    response = await run_program("login", {"email": email, "password": "a wrong password"})
    assert_error(response, 401, "wrong_login")
    assert len(hashed_in) == 1
    # The event loop runs in this thread and must not wait for argon2.
    assert threading.current_thread() not in hashed_in


async def limited(limit: Limit, attempt: Callable[[int], Awaitable[Any]]) -> None:
    """Make attempts until one is refused, which must be told in full."""

    async def refusal(number: int) -> Any:
        response = await attempt(number)
        return response if response.status_code == 429 else None

    refused = await use_up(limit, refusal)
    assert_error(refused, 429, "rate_limited")
    assert int(refused["Retry-After"]) >= 1


async def test_guests_and_registrations_are_limited_by_address(settings: Any) -> None:
    await limited(GUESTS, lambda n: run_program("guest", {"display_name": f"Guest {n}"}))
    await limited(REGISTRATIONS, lambda n: run_program("register", account(f"{n}@example.org")))
    settings.TRUSTED_PROXY = True
    elsewhere = await Browser().send(
        "guest", {"display_name": "Eve"}, **{"X-Forwarded-For": "192.0.2.9"}
    )
    assert elsewhere.status_code == 201


async def test_without_redis_signing_in_is_unavailable_and_the_session_still_works(
    settings: Any,
) -> None:
    browser = Browser()
    user = (await browser.send("guest", {"display_name": "Ann"})).json()["user"]
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    await core.live.close()
    assert_error(await run_program("guest", {"display_name": "Ann"}), 503, "unavailable")
    assert await browser.whoami() == user
