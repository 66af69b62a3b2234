"""What people do with their own account: name, browsers, leaving."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import AsyncClient
from django.utils import timezone

from accounts import deletion, services, sign_ins
from accounts.models import SignIn, User
from accounts.sessions import SessionStore, renew
from core.database import in_database
from core.errors import Unavailable
from tests.accounts import people
from tests.accounts.people import PASSWORD
from tests.accounts.test_api import AUTH, Browser, assert_error, run_program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


@pytest.fixture(autouse=True)
def nothing_else_is_owned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has rooms or videos here; tests with real servers see to those."""
    # Tests that come after these have the wiring again.
    monkeypatch.setattr(deletion, "_removers", [])


async def a_browser(agent: str = "Firefox", email: str = "bob@example.org") -> Browser:
    """A browser in which the owner of ``email`` is signed in."""
    browser = Browser()
    answer = await browser.send(
        "login", {"email": email, "password": PASSWORD}, **{"User-Agent": agent}
    )
    assert answer.status_code == 200, answer.content
    return browser


async def patch(browser: Browser, body: Any) -> Any:
    headers = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    return await browser.patch(f"{AUTH}/me", body, content_type="application/json", headers=headers)


async def sessions(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await browser.get(f"{AUTH}/sessions")).json()["sessions"]
    return found


async def end(browser: Browser, session_id: str) -> Any:
    headers = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    return await browser.delete(f"{AUTH}/sessions/{session_id}", headers=headers)


async def test_a_guest_too_may_change_their_name() -> None:
    browser = Browser()
    await browser.send("guest", {"display_name": "Ann"})
    answer = await patch(browser, {"display_name": "  Anna "})
    assert answer.json()["user"]["display_name"] == "Anna"
    assert (await browser.whoami())["display_name"] == "Anna"
    assert_error(await patch(browser, {"display_name": " "}), 422, "invalid", display_name="")


async def test_each_browser_is_listed_and_can_be_signed_out_alone() -> None:
    await people.registered()
    here, there = await a_browser("Firefox"), await a_browser("Chrome\x07" + "x" * 300)
    found = {row["current"]: row for row in await sessions(here)}
    assert found[True]["agent"] == "Firefox"
    assert found[False]["agent"] == ("Chrome" + "x" * 300)[:200]
    assert found[True]["address"] == "127.0.0.1"
    assert (await end(here, found[False]["id"])).status_code == 204
    assert await there.whoami() is None
    assert await here.whoami() is not None
    assert [row["current"] for row in await sessions(here)] == [True]
    assert_error(await end(here, found[False]["id"]), 404, "not_found")


async def test_a_browser_from_before_they_were_noted_is_noted_when_it_comes() -> None:
    browser = Browser()
    guest = await people.guest()
    browser.cookies["sessionid"] = await people.session_of(guest)
    assert await sessions(browser) == []
    assert await browser.whoami() is not None
    assert [row["current"] for row in await sessions(browser)] == [True]


async def test_nobody_signs_out_the_browser_of_another() -> None:
    for email in ("bob@example.org", "carol@example.org"):
        await people.registered(email)
    bob, carol = await a_browser(), await a_browser(email="carol@example.org")
    [row] = await sessions(bob)
    assert_error(await end(carol, row["id"]), 404, "not_found")
    assert await bob.whoami() is not None


async def test_signing_out_and_another_password_take_browsers_off_the_list() -> None:
    await people.registered()
    here, there, third = [await a_browser() for _ in range(3)]
    await third.send("logout")
    assert len(await sessions(here)) == 2
    await here.send("password", {"password": PASSWORD, "new_password": "another long secret"})
    assert [row["current"] for row in await sessions(here)] == [True]
    assert await there.whoami() is None


async def test_a_program_that_signs_out_ends_the_whole_session_its_token_came_from() -> None:
    await people.registered()
    browser = Browser()
    login = {"email": "bob@example.org", "password": PASSWORD}
    token = (await browser.send("login", login)).json()["access_token"]
    assert (await run_program("logout", token=token)).status_code == 204
    assert await browser.whoami() is None
    assert not await Session.objects.aexists()
    assert not await SignIn.objects.aexists()


async def test_who_signs_in_again_in_one_browser_has_one_row() -> None:
    browser = Browser()
    await browser.send("guest", {"display_name": "Ann"})
    await browser.send(
        "register", {"email": "ann@example.org", "password": PASSWORD, "display_name": "Ann"}
    )
    await browser.send("login", {"email": "ann@example.org", "password": PASSWORD})
    [row] = await sessions(browser)
    assert row["current"]
    key = browser.cookies["sessionid"].value
    assert await SignIn.objects.filter(session_key=key).acount() == 1


async def test_of_several_passwords_set_at_once_by_the_old_one_only_the_first_is_taken() -> None:
    bob = await people.registered()
    new = [f"another long secret {number}" for number in range(4)]
    setting = (services.change_password(user_id=bob.pk, old=PASSWORD, new=each) for each in new)
    outcomes = await asyncio.gather(*setting, return_exceptions=True)
    [taken] = [each for each in zip(new, outcomes, strict=True) if isinstance(each[1], User)]
    assert sum(isinstance(each, services.WrongLogin) for each in outcomes) == 3
    await services.login(email="bob@example.org", password=taken[0])


async def test_one_browser_too_many_signs_out_the_one_that_was_not_used_for_longest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sign_ins, "MOST_KEPT", 2)
    await people.registered()
    browsers = [await a_browser() for _ in range(3)]
    assert await browsers[0].whoami() is None
    assert await Session.objects.acount() == 2
    for browser in browsers[1:]:
        assert len(await sessions(browser)) == 2


async def test_an_account_is_deleted_with_its_password_only_and_ends_everywhere() -> None:
    await people.registered()
    here, there = await a_browser(), await a_browser()
    for wrong in ({}, {"password": "not it at all"}):
        assert_error(await here.send("delete-account", wrong), 401, "wrong_login")
    assert (await here.send("delete-account", {"password": PASSWORD})).status_code == 204
    assert await here.whoami() is None
    assert await there.whoami() is None
    assert not await User.objects.aexists()
    assert not await SignIn.objects.aexists()
    again = await Browser().send("login", {"email": "bob@example.org", "password": PASSWORD})
    assert_error(again, 401, "wrong_login")


async def test_a_guest_leaves_without_a_password() -> None:
    browser = Browser()
    await browser.send("guest", {"display_name": "Ann"})
    assert (await browser.send("delete-account", {})).status_code == 204
    assert not await User.objects.aexists()


async def test_what_cannot_be_removed_now_goes_later_and_nobody_signs_in_meanwhile() -> None:
    user = await people.registered()
    is_away = True

    async def remove(_user_id: Any) -> None:
        if is_away:
            raise Unavailable("The storage is away.")

    deletion.remove_also(remove)
    browser = await a_browser()
    assert (await browser.send("delete-account", {"password": PASSWORD})).status_code == 204
    refused = await Browser().send("login", {"email": "bob@example.org", "password": PASSWORD})
    assert_error(refused, 401, "wrong_login")
    await deletion.finish()
    assert await User.objects.filter(pk=user.pk).aexists()
    is_away = False
    await deletion.finish()
    assert not await User.objects.filter(pk=user.pk).aexists()


async def test_a_key_neither_deletes_its_account_nor_signs_browsers_out() -> None:
    await people.registered()
    browser = await a_browser()
    key = (await browser.send("keys", {"name": "program"})).json()["key"]
    program, by_key = AsyncClient(), {"X-API-Key": key}
    [row] = await sessions(browser)
    answer = await program.delete(f"{AUTH}/sessions/{row['id']}", headers=by_key)
    assert answer.status_code == 403
    answer = await program.post(
        f"{AUTH}/delete-account",
        {"password": PASSWORD},
        content_type="application/json",
        headers=by_key,
    )
    assert answer.status_code == 403
    assert await Session.objects.aexists()


async def test_a_session_that_is_in_use_gets_its_full_time_again_once_a_day() -> None:
    browser = Browser()
    await browser.send("guest", {"display_name": "Ann"})
    soon = timezone.now() + timedelta(days=1)
    await Session.objects.aupdate(expire_date=soon)

    answer = await browser.get(f"{AUTH}/me")

    assert answer.cookies["sessionid"]["max-age"] == settings.SESSION_COOKIE_AGE
    session = await Session.objects.aget()
    assert session.expire_date > soon + timedelta(days=80)
    assert "sessionid" not in (await browser.get(f"{AUTH}/me")).cookies


async def test_a_session_that_was_ended_meanwhile_is_not_renewed() -> None:
    store = SessionStore()
    store["user"] = "Ann"
    await in_database(store.save)()
    loaded = SessionStore(store.session_key)
    await in_database(lambda: dict(loaded.items()))()
    await Session.objects.all().adelete()

    await in_database(renew)(loaded)

    assert not loaded.modified
    assert not await Session.objects.aexists()
