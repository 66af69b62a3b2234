"""What strangers may do: sign up, be a guest. Uploading is in tests/library/receive."""

import asyncio
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import invites
from accounts.models import Invite, User
from core.limits import Limit
from tests.accounts.people import PASSWORD
from tests.accounts.test_api import Browser, assert_error, run_program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


def account(name: str = "ann", **more: str) -> dict[str, str]:
    email = f"{name}@example.org"
    return {"email": email, "password": PASSWORD, "display_name": name, **more}


@sync_to_async
def invited(uses: int = 1, valid: timedelta = timedelta(days=1)) -> str:
    return invites.make(uses=uses, valid=valid, note="")[1]


async def test_where_sign_up_is_closed_nobody_gets_an_account(settings: Any) -> None:
    settings.SIGN_UP = "closed"
    code = await invited()
    assert_error(await run_program("register", account(invite=code)), 403, "sign_up_closed")
    assert await User.objects.acount() == 0


@pytest.mark.parametrize("invite", [{}, {"invite": ""}, {"invite": "a guess"}])
async def test_by_invitation_nobody_gets_in_without_a_code(
    settings: Any, invite: dict[str, str]
) -> None:
    settings.SIGN_UP = "invite"
    await invited()
    refusal = await run_program("register", account(**invite))
    assert_error(refusal, 422, "invalid", invite="Ask for another")


async def test_a_code_makes_as_many_accounts_as_it_is_for(settings: Any) -> None:
    settings.SIGN_UP = "invite"
    code = await invited(uses=2)
    attempts = [run_program("register", account(f"p{n}", invite=f" {code}\n")) for n in range(5)]
    statuses = [response.status_code for response in await asyncio.gather(*attempts)]
    assert sorted(statuses) == [201, 201, 422, 422, 422]
    assert await User.objects.acount() == 2


async def test_who_has_a_code_does_not_wait_for_others_behind_the_same_router(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGN_UP = "invite"
    monkeypatch.setattr("accounts.api.REGISTRATIONS", Limit("register", burst=2, per_minute=0.01))
    code = await invited(uses=4)
    for number in range(4):
        made = await run_program("register", account(f"p{number}", invite=code))
        assert made.status_code == 201
    guesses = [await run_program("register", account(invite="a guess")) for _ in range(3)]
    assert [guess.status_code for guess in guesses] == [422, 422, 429]


@pytest.mark.parametrize(("guests", "what_else"), [("watch", True), ("off", False)])
async def test_who_must_wait_for_an_account_hears_how_long_and_what_they_can_do(
    settings: Any, monkeypatch: pytest.MonkeyPatch, guests: str, *, what_else: bool
) -> None:
    settings.GUESTS = guests
    monkeypatch.setattr("accounts.api.REGISTRATIONS", Limit("register", burst=1, per_minute=0.5))
    assert (await run_program("register", account())).status_code == 201
    refusal = await run_program("register", account("ben"))
    assert_error(refusal, 429, "rate_limited")
    message = refusal.json()["error"]["message"]
    assert re.search(r"Try again in (2 min|1 min \d+ s)\b", message)
    assert ("come in as a guest" in message) is what_else


async def test_an_account_that_is_not_made_uses_no_code_up(settings: Any) -> None:
    code = await invited()
    assert (await run_program("register", account())).status_code == 201
    settings.SIGN_UP = "invite"
    assert (await run_program("register", account(invite=code))).status_code == 422
    assert (await run_program("register", account("ben", invite=code))).status_code == 201


async def test_a_code_expires(settings: Any) -> None:
    settings.SIGN_UP = "invite"
    code = await invited()
    await Invite.objects.aupdate(expires_at=timezone.now())
    assert (await run_program("register", account(invite=code))).status_code == 422


async def test_where_guests_are_off_nobody_becomes_one(settings: Any) -> None:
    settings.GUESTS = "off"
    assert_error(await run_program("guest", {"display_name": "Ann"}), 401, "guests_off")
    assert await User.objects.acount() == 0


async def test_a_guest_from_before_may_only_make_an_account(settings: Any) -> None:
    browser = Browser()
    guest = (await browser.send("guest", {"display_name": "Ann"})).json()
    settings.GUESTS = "off"
    refused = await browser.get("/api/v1/auth/me")
    assert_error(refused, 401, "guests_off")
    token = {"Authorization": f"Bearer {guest['access_token']}"}
    assert_error(await Browser().get("/api/v1/videos", headers=token), 401, "guests_off")
    made = await browser.send("register", account())
    assert made.json()["user"]["id"] == guest["user"]["id"]
    assert (await browser.get("/api/v1/auth/me")).status_code == 200


def admin(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("admin", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_operator_makes_lists_and_revokes_invites() -> None:
    code, link, note = admin("invite", "--uses", "3", "--note", "The Smiths")
    assert link.endswith(f"/sign-in?invite={code}")
    assert note == "STREAMIT_SIGN_UP is open, so nobody needs a code"
    (line,) = admin("invites")
    assert "3 left" in line
    assert "The Smiths" in line
    assert code not in line
    admin("revoke-invite", line.split()[0])
    assert admin("invites") == ["There are no invites."]
    with pytest.raises(CommandError, match="There is no invite"):
        admin("revoke-invite", line.split()[0])


@pytest.mark.parametrize(
    ("sign_up", "notes"),
    [("invite", []), ("closed", ["STREAMIT_SIGN_UP is closed, so nobody can use a code"])],
)
def test_the_operator_is_told_where_an_invite_is_of_no_use(
    settings: Any, sign_up: str, notes: list[str]
) -> None:
    settings.SIGN_UP = sign_up
    assert admin("invite")[2:] == notes


@pytest.mark.parametrize("wrong", [["--uses", "0"], ["--valid", "soon"], ["--note", "\u202e"]])
def test_an_invite_that_makes_no_sense_is_refused_by_name(wrong: list[str]) -> None:
    with pytest.raises(CommandError, match=wrong[0]):
        admin("invite", *wrong)
