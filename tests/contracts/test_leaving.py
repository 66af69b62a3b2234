"""Deleting an account at the very moment at which it does something: nothing is left or revived."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session

from accounts import departures, keys, services
from accounts.models import ApiKey, SignIn, User
from accounts.principal import Principal
from core import passwords
from core.database import in_database
from core.errors import NotAuthenticated
from library.models import Upload
from library.receive import upload_rows
from rooms import services as rooms
from rooms.entry import admission
from rooms.models import Membership, Room
from tests.accounts import people
from tests.accounts.people import PASSWORD
from tests.accounts.test_api import Browser
from tests.rooms.made import HostedRoom
from webhooks import services as webhooks
from webhooks.models import Webhook

pytestmark = pytest.mark.usefixtures("live", "each_database")

Deed = Callable[[Principal], Awaitable[object]]


async def make_key(by: Principal) -> None:
    await in_database(keys.create)(owner=by, name="Script")


async def make_webhook(by: Principal) -> None:
    await in_database(webhooks.create)(
        owner=by, url="https://example.org/", events=[], of_everybody=False
    )


async def begin_upload(by: Principal) -> None:
    await upload_rows.begin(
        owner=by, title="Film", storage="local", size_bytes=9, at_least=9, resumable=True
    )


async def make_room(by: Principal) -> None:
    await rooms.create_room(by, source=None, name="Film night")


DEEDS = [make_key, make_webhook, begin_upload, make_room]


@pytest.fixture(autouse=True)
def nothing_else_is_owned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departures, "_removers", [])


async def left() -> list[str]:
    """Return the tables that still hold something."""
    models = (User, SignIn, Session, ApiKey, Webhook, Upload, Room, Membership)
    return [model.__name__ for model in models if await in_database(model.objects.exists)()]


def principal(user: User) -> Principal:
    return Principal(user.pk, user.display_name, user.is_guest, via="session")


@pytest.mark.parametrize("deed", DEEDS)
async def test_nothing_is_added_to_an_account_that_goes_or_is_gone(deed: Deed) -> None:
    by = principal(await people.registered())

    async def just_now(_user_id: UUID) -> None:
        with pytest.raises(NotAuthenticated):
            await deed(by)

    departures.remove_with(just_now)
    await departures.leave_as_asked(by.user_id)

    with pytest.raises(NotAuthenticated):
        await deed(by)
    assert await left() == []


async def test_who_is_gone_enters_no_room() -> None:
    room, by = await HostedRoom.build(), principal(await people.guest())
    await departures.leave_as_asked(by.user_id)

    with pytest.raises(NotAuthenticated):
        await admission.join(room.code, by, password=None, address="")


@pytest.fixture(params=["going", "gone"])
def leave(request: pytest.FixtureRequest) -> Callable[[UUID], Awaitable[None]]:
    """Delete an account, to the end or so far that the rest goes later."""

    async def leaving(user_id: UUID) -> None:
        if request.param == "going":
            await departures._put_out_of_use(user_id, User.objects.all, False)
        else:
            await departures.leave_as_asked(user_id)

    return leaving


async def test_who_signs_in_meanwhile_is_signed_in_nowhere(
    leave: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await people.registered()
    found_right = services.login

    async def login(**facts: Any) -> User:
        found = await found_right(**facts)
        await leave(found.pk)
        return found

    monkeypatch.setattr("accounts.services.login", login)
    browser = Browser()
    answer = await browser.send("login", {"email": user.email, "password": PASSWORD})

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert await browser.whoami() is None
    await departures.finish()
    assert await left() == []


async def test_another_password_meanwhile_revives_nothing(
    leave: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await people.registered()
    browser = Browser()
    await browser.send("login", {"email": user.email, "password": PASSWORD})

    async def hashed(password: str) -> str:
        await leave(user.pk)
        return await passwords.hash_password(password)

    monkeypatch.setattr("accounts.services.hash_password", hashed)
    answer = await browser.send("password", {"password": PASSWORD, "new_password": PASSWORD * 2})

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    with pytest.raises(services.BeingDeleted):
        await services.set_active(user_id=user.pk, active=True)
    await departures.finish()
    assert [name for name in await left() if name != "Session"] == []
