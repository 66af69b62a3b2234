"""Creating, reading, changing and ending rooms."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from accounts.principal import Principal
from core import passwords
from core.errors import Invalid, RateLimited
from playback import store as playback_store
from playback.commands import Control
from presence import store as presence
from presence.store import Lease
from rooms import services
from rooms import state as live_states
from rooms.commands.moderation import ModerationAction
from rooms.errors import HostOnly, NoSuchRoom, RoomOver, TooManyKept
from rooms.lifecycle import Deadline, Status
from rooms.models import MembershipStatus, Room
from rooms.protocol import Role
from rooms.stores import deadlines, room_rows
from tests.rooms.made import HostedRoom, a_person, id_of
from tests.support.limits import use_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def change(
    hosted: HostedRoom, by: Principal | None = None, **changes: Any
) -> services.RoomView:
    return await services.change_room(hosted.code, by or hosted.host, changes)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"entry": "password"}, "password"),
        ({"entry": "password", "password": ""}, "password"),
        ({"password": "x"}, "password"),
        ({"visibility": "private", "entry": "open"}, "entry"),
        ({"capacity": 1001}, "capacity"),
    ],
)
async def test_facts_that_do_not_fit_together_make_no_room(
    facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await HostedRoom.build(**facts)
    assert caught.value.fields is not None
    assert list(caught.value.fields) == [field]
    assert not await Room.objects.aexists()
    hosted = await HostedRoom.build()
    with pytest.raises(Invalid):
        await change(hosted, **facts)
    assert (await hosted.row()).version == 1


async def test_setting_passwords_again_and_again_is_limited() -> None:
    hosted = await HostedRoom.build(entry="password", password="0")

    async def set_password(number: int) -> RateLimited | None:
        try:
            await change(hosted, password=str(number))
        except RateLimited as refused:
            return refused
        return None

    await use_up(replace(services.PASSWORDS.person, burst=9), set_password)
    await change(hosted, name="Everything else can be changed")


async def test_a_server_killed_while_it_makes_a_room_leaves_none_that_never_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def killed(*args: object) -> bool:
        raise SystemExit

    monkeypatch.setattr(live_states, "create", killed)
    with pytest.raises(SystemExit):
        await HostedRoom.build()
    room = await Room.objects.aget()
    assert (await deadlines.running(room.code)).keys() == {Deadline.IDLE}


async def test_changing_one_fact_leaves_the_password_alone() -> None:
    hosted = await HostedRoom.build()
    await change(hosted, entry="password", password="open sesame")
    await change(hosted, name="Another", capacity=20)
    room = await hosted.row()
    assert (room.name, room.capacity, room.entry) == ("Another", 20, "password")
    assert await passwords.password_matches("open sesame", room.password_hash)


async def at_once(hosted: HostedRoom, *changes: dict[str, Any]) -> list[Any]:
    """Make several changes at the same time; return what each came to."""
    each = (change(hosted, **facts) for facts in changes)
    return await asyncio.gather(*each, return_exceptions=True)


async def test_two_changes_at_once_make_no_room_that_is_private_and_open() -> None:
    for _ in range(10):
        hosted = await HostedRoom.build(entry="approval", visibility="unlisted")
        outcomes = await at_once(hosted, {"visibility": "private"}, {"entry": "open"})
        row = await hosted.row()
        assert (row.visibility, row.entry) != ("private", "open")
        assert [type(each) for each in outcomes].count(Invalid) == 1


async def test_a_password_that_is_set_at_the_same_time_stays() -> None:
    hosted = await HostedRoom.build(entry="password", password="0")
    await at_once(hosted, {"password": "open sesame"}, {"entry": "password"}, {"name": "Other"})
    row = await hosted.row()
    assert row.name == "Other"
    assert await passwords.password_matches("open sesame", row.password_hash)


async def test_no_guest_gets_a_room_that_is_kept_at_the_moment_at_which_it_becomes_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana, get = await a_member("Ana"), room_rows.get
    code = (await services.create_room(ana, source=None, name="Films", capacity=9)).room.code
    ben = await a_person("Ben")

    def got_before_it_is_handed_over(of: str) -> Room:
        room = get(of)
        Room.objects.filter(code=of).update(host_id=ben.user_id)
        return room

    monkeypatch.setattr(room_rows, "get", got_before_it_is_handed_over)
    with pytest.raises(TooManyKept):
        await sync_to_async(room_rows.change)(code, {"kept": True}, services._fit)
    monkeypatch.undo()
    row = await Room.objects.aget(code=code)
    assert (row.host_id, row.kept) == (ben.user_id, False)


async def a_member(name: str) -> Principal:
    """Somebody with an account."""
    person = await a_person(name)
    await User.objects.filter(pk=person.user_id).aupdate(
        is_guest=False, email=f"{person.user_id}@example.org"
    )
    return replace(person, is_guest=False)


async def test_a_room_opened_to_all_forgets_its_password() -> None:
    hosted = await HostedRoom.build(entry="password", password="open sesame")
    await change(hosted, entry="open")
    assert (await hosted.row()).password_hash == ""
    with pytest.raises(Invalid):
        await change(hosted, entry="password")


async def test_only_the_present_host_changes_and_ends_the_room() -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await hosted.act(ModerationAction.COHOST, ben, by=hosted.host)
    for by in (ben, await a_person("Cem")):
        with pytest.raises(HostOnly):
            await change(hosted, by, name="Mine")
        with pytest.raises(HostOnly):
            await services.delete_room(hosted.code, by)
    await hosted.transfer(ben, by=hosted.host)
    # Killed before it was stored, the database would still name the old host.
    await Room.objects.filter(code=hosted.code).aupdate(host_id=hosted.host.user_id)
    with pytest.raises(HostOnly):
        await services.delete_room(hosted.code, hosted.host)
    await services.delete_room(hosted.code, ben)


async def test_who_hands_the_room_over_while_they_set_who_controls_it_is_told_that_they_may_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    ben, hosted_room = await hosted.let_in("Ben"), services.hosted_room

    async def handed_over_then(code: str, principal: Principal) -> Room:
        room = await hosted_room(code, principal)
        await hosted.transfer(ben, by=hosted.host)
        return room

    monkeypatch.setattr(services, "hosted_room", handed_over_then)
    with pytest.raises(HostOnly):
        await change(hosted, control="everyone")
    assert (await hosted.state()).control is Control.HOST


async def test_a_room_that_is_over_can_be_read_and_deleted_but_not_changed() -> None:
    hosted = await HostedRoom.build()
    await asyncio.to_thread(room_rows.enter, hosted.code, Status.EXPIRED)
    assert (await services.view(hosted.code, hosted.host)).role is Role.HOST
    with pytest.raises(RoomOver):
        await change(hosted, name="Again")
    await services.delete_room(hosted.code, hosted.host)
    for call in (services.view(hosted.code, hosted.host), change(hosted, name="Again")):
        with pytest.raises(NoSuchRoom):
            await call


async def test_a_private_room_hides_itself_from_who_is_not_in_it() -> None:
    hosted = await HostedRoom.build(visibility="private", entry="approval")
    waiting, banned, member = await a_person("Ben"), await a_person("Cem"), await a_person("Dua")
    await hosted.record(waiting, MembershipStatus.PENDING)
    await hosted.record(banned, MembershipStatus.BANNED)
    await hosted.record(member, MembershipStatus.APPROVED)
    await hosted.enter(hosted.host)
    for stranger in (None, waiting, banned):
        view = await services.view(hosted.code, stranger)
        assert (view.hidden, view.viewer_count, view.role) == (True, 0, None)
    view = await services.view(hosted.code, member)
    assert (view.hidden, view.viewer_count, view.role) == (False, 1, Role.VIEWER)
    for call in (change(hosted, banned, name="x"), services.delete_room(hosted.code, waiting)):
        with pytest.raises(NoSuchRoom):
            await call


async def test_the_list_holds_public_rooms_that_live_with_their_counts() -> None:
    hosted_rooms = [await HostedRoom.build(visibility="public", name=f"Room {n}") for n in range(4)]
    hidden = [
        await HostedRoom.build(visibility=v, entry="approval") for v in ("unlisted", "private")
    ]
    for hosted in hosted_rooms[:3] + hidden:
        await hosted.enter(hosted.host)
    await hosted_rooms[0].enter(await a_person("Ben"))
    total, page = await services.public_rooms(limit=2, offset=0)
    _, rest = await services.public_rooms(limit=2, offset=2)
    assert total == 3
    assert [(view.room.name, view.viewer_count) for view in page + rest] == [
        ("Room 2", 1),
        ("Room 1", 1),
        ("Room 0", 2),
    ]
    assert await services.public_rooms(limit=2, offset=3) == (3, [])
    # One whose host is away, or where nobody is, does not live.
    await house_left(hosted_rooms[1])
    assert (await services.public_rooms(limit=2, offset=0))[0] == 2


async def house_left(hosted: HostedRoom) -> None:
    await hosted.leave(Lease(hosted.code, id_of(hosted.host), "c1", "Ana"))


async def test_a_deleted_room_leaves_only_its_snapshot() -> None:
    hosted = await HostedRoom.build()
    await hosted.enter(hosted.host)
    await services.delete_room(hosted.code, hosted.host)
    assert (await hosted.snapshot()).status is Status.DELETED
    assert await playback_store.load(hosted.code) is None
    assert await deadlines.running(hosted.code) == {}
    assert await presence.count(hosted.code) == 0
    assert await hosted.standing(hosted.host) is MembershipStatus.APPROVED
    assert id_of(hosted.host) not in await presence.present(hosted.code)
