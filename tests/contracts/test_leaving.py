"""Deleting an account at the very moment at which it does something: nothing is left or revived."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from structlog.testing import capture_logs

from accounts import deletion, keys, services
from accounts.models import ApiKey, SignIn, User
from accounts.principal import Principal
from core import passwords
from core.database import in_database
from core.errors import NotAuthenticated
from library.models import Upload
from library.receive import upload_rows
from rooms import services as rooms
from rooms import state as live_states
from rooms.commands import moderation
from rooms.commands.moderation import ModerationAction
from rooms.entry import admission
from rooms.errors import NoSuchMember
from rooms.lifecycle import Deadline, Status
from rooms.models import Membership, MembershipStatus, Room
from rooms.upkeep import dismissal, reconcile, transitions
from tests.accounts import people
from tests.accounts.people import PASSWORD
from tests.accounts.test_api import Browser
from tests.rooms.made import HostedRoom, id_of
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
    monkeypatch.setattr(deletion, "_removers", [])


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

    deletion.remove_also(just_now)
    await deletion.delete_on_request(by.user_id)

    with pytest.raises(NotAuthenticated):
        await deed(by)
    assert await left() == []


async def test_who_is_gone_enters_no_room() -> None:
    room, by = await HostedRoom.build(), principal(await people.guest())
    await deletion.delete_on_request(by.user_id)

    with pytest.raises(NotAuthenticated):
        await admission.join(room.code, by, password=None, address="")


@pytest.fixture(params=["going", "gone"])
def leave(request: pytest.FixtureRequest) -> Callable[[UUID], Awaitable[None]]:
    """Delete an account, to the end or so far that the rest goes later."""

    async def leaving(user_id: UUID) -> None:
        if request.param == "going":
            await deletion._disable(user_id, User.objects.all, False)
        else:
            await deletion.delete_on_request(user_id)

    return leaving


async def disable(user_id: UUID) -> None:
    await services.set_active(user_id=user_id, active=False)


GOINGS = [disable, deletion.delete_on_request]


async def let_in(room: HostedRoom) -> Principal:
    ben = principal(await people.registered())
    await room.record(ben, MembershipStatus.APPROVED)
    return ben


async def hand_over(room: HostedRoom, ben: Principal) -> None:
    await room.transfer(ben, by=room.host)


async def make_cohost(room: HostedRoom, ben: Principal) -> None:
    await room.act(ModerationAction.COHOST, ben, by=room.host)


@pytest.mark.parametrize("gift", [hand_over, make_cohost])
@pytest.mark.parametrize("go", GOINGS)
async def test_no_room_is_given_to_an_account_that_is_out_of_use(go: Any, gift: Any) -> None:
    room = await HostedRoom.build()
    ben = await let_in(room)
    await go(ben.user_id)

    with pytest.raises(NoSuchMember):
        await gift(room, ben)
    assert ((await room.state()).host, (await room.state()).cohosts) == (id_of(room.host), ())
    assert not await Membership.objects.filter(cohost=True).aexists()


@pytest.mark.parametrize("go", GOINGS)
async def test_a_cohost_who_is_out_of_use_is_none_any_more_and_comes_back_as_none(go: Any) -> None:
    deletion.remove_also(rooms.end_all_of)
    room = await HostedRoom.build()
    ben, cem = await let_in(room), await room.let_in("Cem")
    for each in (ben, cem):
        await make_cohost(room, each)
    await go(ben.user_id)
    await dismissal.dismiss_those_out_of_use()

    assert (await room.state()).cohosts == (id_of(cem),)
    if go is disable:
        await services.set_active(user_id=ben.user_id, active=True)
    await reconcile.reconcile(room.code)
    assert (await room.state()).cohosts == (id_of(cem),)
    rows = Membership.objects.filter(cohost=True).values_list("user_id", flat=True)
    assert [row async for row in rows] == [cem.user_id]


async def test_a_room_that_fails_keeps_nobody_cohost_in_another_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ben = principal(await people.registered())
    broken, *others = [await HostedRoom.build() for _ in range(3)]
    for room in (broken, *others):
        await room.record(ben, MembershipStatus.APPROVED)
        await make_cohost(room, ben)
    await disable(ben.user_id)
    apply = live_states.apply

    async def fails_there(code: str, *args: Any, **options: Any) -> Any:
        if code == broken.code:
            raise RuntimeError(code)
        return await apply(code, *args, **options)

    monkeypatch.setattr(live_states, "apply", fails_there)

    with pytest.raises(RuntimeError, match=broken.code):
        await dismissal.dismiss_those_out_of_use()

    for room in others:
        assert (await room.state()).cohosts == ()


@pytest.mark.parametrize("go", GOINGS)
async def test_who_goes_while_they_become_cohost_is_none(
    go: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deletion.remove_also(rooms.end_all_of)
    room = await HostedRoom.build()
    ben, set_cohost = await let_in(room), moderation.set_cohost

    async def goes_meanwhile(code: str, member: str, *, on: bool) -> None:
        monkeypatch.setattr(moderation, "set_cohost", set_cohost)
        await go(ben.user_id)
        await set_cohost(code, member, on=on)

    monkeypatch.setattr(moderation, "set_cohost", goes_meanwhile)
    with pytest.raises(NoSuchMember):
        await make_cohost(room, ben)
    assert (await room.state()).cohosts == ()
    assert not await Membership.objects.filter(cohost=True).aexists()


async def left_by_its_host(room: HostedRoom, ben: Principal) -> Principal:
    """Leave a room to ``ben``, and to whom is returned."""
    cem = await room.let_in("Cem")
    lease = await room.enter(room.host)
    await room.enter(ben, connection="c2")
    await room.enter(cem, connection="c3")
    await room.leave(lease)
    return cem


@pytest.mark.parametrize("go", GOINGS)
async def test_no_such_account_inherits_a_room(go: Any) -> None:
    room, ben = await HostedRoom.build(), principal(await people.registered())
    cem = await left_by_its_host(room, ben)
    await go(ben.user_id)

    await transitions._deal_with(room.code, Deadline.GRACE)

    assert (await room.state()).host == id_of(cem) == str((await room.row()).host_id)


@pytest.fixture(params=GOINGS)
def goes_meanwhile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have an account go while a room that Redis has given it is stored."""
    persist = live_states.persist

    def goes(user_id: UUID) -> None:
        async def persisted(*args: Any, **options: Any) -> None:
            monkeypatch.setattr(live_states, "persist", persist)
            await request.param(user_id)
            await persist(*args, **options)

        monkeypatch.setattr(live_states, "persist", persisted)

    return goes


async def test_a_room_stays_its_hosts_whose_heir_goes_meanwhile(goes_meanwhile: Any) -> None:
    room = await HostedRoom.build()
    ben = await let_in(room)
    goes_meanwhile(ben.user_id)

    with pytest.raises(NoSuchMember):
        await hand_over(room, ben)
    await deletion.finish()

    assert (await room.state()).host == id_of(room.host) == str((await room.row()).host_id)
    await hand_over(room, await room.let_in("Cem"))


async def test_the_next_inherits_a_room_where_the_first_goes_meanwhile(goes_meanwhile: Any) -> None:
    room, ben = await HostedRoom.build(), principal(await people.registered())
    cem = await left_by_its_host(room, ben)
    goes_meanwhile(ben.user_id)

    for _ in range(2):
        await transitions._deal_with(room.code, Deadline.GRACE)

    assert (await room.state()).host == id_of(cem) == str((await room.row()).host_id)
    assert (await room.row()).status == Status.LIVE


async def test_a_room_whose_heir_has_gone_before_it_was_stored_is_reconciled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = await HostedRoom.build()
    ben = await let_in(room)
    with monkeypatch.context() as cut_short, contextlib.suppress(OSError):
        cut_short.setattr(live_states, "persist", refused)
        await hand_over(room, ben)
    await deletion.delete_on_request(ben.user_id)

    await reconcile.reconcile(room.code)

    assert (await room.state()).host == id_of(room.host) == str((await room.row()).host_id)


async def refused(*_args: Any, **_options: Any) -> None:
    raise OSError


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
    with capture_logs() as logs:
        answer = await browser.send("login", {"email": user.email, "password": PASSWORD})

    assert "signed in" not in [line["event"] for line in logs]
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert await browser.whoami() is None
    await deletion.finish()
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
    await deletion.finish()
    assert [name for name in await left() if name != "Session"] == []
