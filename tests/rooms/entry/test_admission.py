"""Who may come in: by every rule of entry, to the last place, once for each ticket."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from accounts.principal import UNBOUND, Principal
from core import live as live_state
from core.close_codes import CloseCode
from core.errors import RateLimited, StreamItError, Unavailable
from playback.clock import room_clock
from presence import store as presence
from rooms import services, tickets
from rooms.commands import moderation
from rooms.commands.moderation import ModerationAction
from rooms.entry import admission, waiting_list
from rooms.entry.admission import PASSWORD_TRIES, PASSWORD_TRIES_BY_ADDRESS
from rooms.errors import (
    Banned,
    ControllersOnly,
    NeedsPassword,
    NoSuchRoom,
    Rejected,
    RoomFull,
    RoomOver,
)
from rooms.lifecycle import Deadline, Status
from rooms.models import Membership, MembershipStatus
from rooms.snapshot import RoomSnapshot
from rooms.stores import deadlines, membership_rows, room_rows, waiting_rows
from rooms.tickets import BadTicket
from rooms.upkeep import transitions
from tests.rooms.made import HostedRoom, a_person, id_of, pass_time
from tests.support.limits import use_up
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def test_an_open_room_lets_everyone_in() -> None:
    hosted = await HostedRoom.build()
    ben = await a_person("Ben")
    lease = await hosted.enter(ben)
    assert (lease.person, lease.name) == (id_of(ben), "Ben")
    assert await hosted.standing(ben) is MembershipStatus.APPROVED


async def test_a_ticket_opens_one_socket_once() -> None:
    hosted = await HostedRoom.build()
    ticket = await hosted.join(hosted.host) or ""
    found = await asyncio.gather(
        *(admission.open_socket(hosted.code, ticket, connection=f"c{n}") for n in range(5)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in found) == ["BadTicket"] * 4 + ["Opened"]


async def test_who_comes_back_by_resume_tokens_without_a_pause_is_limited() -> None:
    rooms = [await HostedRoom.build() for _ in range(2)]
    host, now_s = rooms[0].host, (await room_clock()).now_ms() / 1000

    async def come_back(number: int) -> RateLimited | None:
        code = rooms[number % 2].code
        token = tickets.issue(
            code=code,
            user_id=id_of(host),
            name="Ana",
            grant=UNBOUND,
            now_s=now_s,
            ttl=tickets.RESUME_TTL,
        )
        try:
            opened = await admission.open_socket(code, token, connection="c1")
        except RateLimited as refusal:
            return refusal
        await presence.release(opened.lease)
        return None

    refused = await use_up(admission.RETURNING, come_back)
    assert refused.close_code is CloseCode.FLOODING
    # Joining has a limit of its own.
    assert await rooms[0].enter(host)


async def test_a_ticket_opens_no_other_room_and_nothing_after_a_minute() -> None:
    hosted, other = await HostedRoom.build(), await HostedRoom.build()
    ticket = await hosted.join(hosted.host) or ""
    with pytest.raises(BadTicket):
        await admission.open_socket(other.code, ticket, connection="c1")
    await pass_time(seconds=61)
    with pytest.raises(BadTicket):
        await admission.open_socket(hosted.code, ticket, connection="c1")


async def test_a_password_is_asked_for_once() -> None:
    hosted = await HostedRoom.build(entry="password", password="open sesame")
    ben = await a_person("Ben")
    for wrong in (None, "", "open sesam", "Open sesame"):
        with pytest.raises(NeedsPassword):
            await hosted.join(ben, password=wrong)
    assert await hosted.standing(ben) is None
    assert await hosted.join(ben, password="open sesame")
    assert await hosted.join(ben)
    assert await hosted.join(hosted.host)


async def guess(hosted: HostedRoom, person: Principal) -> RateLimited | None:
    """Join with a wrong password; return what kept it from being tried."""
    try:
        with pytest.raises(NeedsPassword):
            await hosted.join(person, password="guess")
    except RateLimited as error:
        return error
    return None


async def test_guessing_passwords_is_limited() -> None:
    hosted = await HostedRoom.build(entry="password", password="open sesame")
    ben = await a_person("Ben")
    refused = await use_up(PASSWORD_TRIES, lambda _: guess(hosted, ben))
    assert refused.retry_after_s
    with pytest.raises(RateLimited):
        await hosted.join(ben, password="open sesame")
    # Asking whether there is a password is not guessing.
    with pytest.raises(NeedsPassword):
        await hosted.join(ben)


async def test_a_new_guest_for_every_guess_is_limited_by_their_address() -> None:
    hosted = await HostedRoom.build(entry="password", password="open sesame")
    cyd = await a_person("Cyd")

    async def somebody_guesses(number: int) -> RateLimited | None:
        return await guess(hosted, await a_person(f"Ben {number}"))

    await use_up(PASSWORD_TRIES_BY_ADDRESS, somebody_guesses)
    for _ in range(PASSWORD_TRIES.burst):
        with pytest.raises(RateLimited):
            await hosted.join(cyd, password="open sesame")
    # Which were no tries of theirs.
    assert await hosted.join(cyd, password="open sesame", address="198.51.100.7")


async def test_a_kicked_person_is_asked_for_the_password_again() -> None:
    hosted = await HostedRoom.build(entry="password", password="open sesame")
    ben = await hosted.let_in("Ben")
    await hosted.act(ModerationAction.KICK, ben, by=hosted.host)
    with pytest.raises(NeedsPassword):
        await hosted.join(ben)


async def test_a_ticket_is_worth_nothing_to_who_was_kicked_while_it_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build(entry="password", password="open sesame")
    ben = await hosted.let_in("Ben")
    decide = admission._admission

    async def decide_and_kick(*args: Any) -> MembershipStatus:
        decided = await decide(*args)
        await hosted.act(ModerationAction.KICK, ben, by=hosted.host)
        return decided

    monkeypatch.setattr(admission, "_admission", decide_and_kick)
    ticket = await hosted.join(ben) or ""
    with pytest.raises(BadTicket):
        await admission.open_socket(hosted.code, ticket, connection="c2")


async def test_approval_is_waited_for_given_and_remembered() -> None:
    hosted = await HostedRoom.build(entry="approval")
    ben = await a_person("Ben")
    assert await hosted.join(ben) is None
    assert await hosted.join(ben) is None
    assert [(one.id, one.name) for one in (await hosted.snapshot()).waiting] == [
        (id_of(ben), "Ben")
    ]
    await hosted.act(ModerationAction.APPROVE, ben, by=hosted.host)
    assert (await hosted.snapshot()).waiting == ()
    assert await hosted.join(ben)


async def test_a_crowd_that_asks_at_once_shares_the_making_of_the_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd = [await a_person(f"Ben {number}") for number in range(40)]
    hosted = await HostedRoom.build(entry="approval")
    announce, made = transitions.announce_snapshot, 0

    async def all_have_written() -> bool:
        return await Membership.objects.filter(room__code=hosted.code).acount() > len(crowd)

    async def announce_when_all_have_written(code: str) -> RoomSnapshot:
        nonlocal made
        made += 1
        await eventually(all_have_written, within_s=60)
        return await announce(code)

    monkeypatch.setattr(transitions, "announce_snapshot", announce_when_all_have_written)
    assert set(await asyncio.gather(*map(hosted.join, crowd))) == {None}
    waiting = (await hosted.snapshot()).waiting
    assert sorted(one.id for one in waiting) == sorted(map(id_of, crowd))
    # One for the first, and one for all who had written by its end.
    assert made < 5


async def test_no_more_wait_than_a_list_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_rows, "MOST_WAITING", 2)
    hosted = await HostedRoom.build(entry="approval")
    first, second, third = [await a_person(name) for name in ("Ben", "Cem", "Dov")]
    for person in (first, second, first):
        assert await hosted.join(person) is None
    with pytest.raises(RoomFull, match="wait"):
        await hosted.join(third)
    await hosted.act(ModerationAction.REJECT, first, by=hosted.host)
    assert await hosted.join(third) is None


async def test_new_names_from_one_address_do_not_fill_the_list(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(waiting_rows, "MOST_OF_ONE_ADDRESS", 2)
    hosted = await HostedRoom.build(entry="approval")
    names = [replace(await a_person(f"Guest {n}"), address="192.0.2.7") for n in range(5)]
    outcomes = [await outcome(hosted, person) for person in names]
    assert outcomes == ["waits", "waits", "TooManyWait", "TooManyWait", "TooManyWait"]
    assert await outcome(hosted, replace(await a_person("Dov"), address="192.0.2.8")) == "waits"
    settings.SIGN_UP = "invite"
    known = replace(await a_person("Eva"), address="192.0.2.7", is_guest=False)
    assert await outcome(hosted, known) == "waits"


async def test_new_names_from_one_address_are_bounded_in_rate_when_all_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Nobody else asks, whom it would pay to wait for.
    monkeypatch.setattr(waiting_list, "REST_S", 0.0)
    hosted = await HostedRoom.build(entry="approval")

    async def ask(number: int) -> str | None:
        person = replace(await a_person(f"Guest {number}"), address="192.0.2.7")
        told = await outcome(hosted, person)
        await moderation.reject_everyone(hosted.code, by=id_of(hosted.host))
        return None if told == "waits" else told

    assert await use_up(waiting_list.ASKING, ask) == "RateLimited"


async def outcome(hosted: HostedRoom, person: Principal) -> str:
    try:
        return "waits" if await hosted.join(person) is None else "is in"
    except StreamItError as error:
        return type(error).__name__


async def test_who_stops_asking_waits_no_more() -> None:
    hosted = await HostedRoom.build(entry="approval")
    ben, cem = await a_person("Ben"), await a_person("Cem")
    for person in (ben, cem):
        await hosted.join(person)
    await pass_time(seconds=90)
    await hosted.join(cem)
    await pass_time(seconds=40)
    await transitions.sweep(now_ms=(await room_clock()).now_ms(), may_expire_leases=False)
    assert [one.id for one in (await hosted.snapshot()).waiting] == [id_of(cem)]
    assert await hosted.standing(ben) is None
    assert await hosted.join(ben) is None
    await pass_time(seconds=300)
    await transitions.sweep(now_ms=(await room_clock()).now_ms(), may_expire_leases=False)
    assert (await hosted.snapshot()).waiting == ()
    assert Deadline.WAITING not in await deadlines.running(hosted.code)


async def look_at_the_list(hosted: HostedRoom, *, after_s: float) -> list[str]:
    """Let time pass, and return who still waits once what is due was done."""
    await pass_time(seconds=after_s)
    await transitions.sweep(now_ms=(await room_clock()).now_ms(), may_expire_leases=False)
    return [one.id for one in (await hosted.snapshot()).waiting]


async def test_who_is_put_on_the_list_just_when_it_was_found_empty_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build(entry="approval")
    ben, cem = await a_person("Ben"), await a_person("Cem")
    await hosted.join(ben)
    drop = deadlines.drop

    async def drop_late(code: str, *kinds: Deadline) -> None:
        await hosted.join(cem)
        await drop(code, *kinds)

    with monkeypatch.context() as patched:
        patched.setattr(deadlines, "drop", drop_late)
        assert await look_at_the_list(hosted, after_s=125) == [id_of(cem)]
    assert await look_at_the_list(hosted, after_s=125) == []


async def test_who_stops_asking_waits_no_more_though_redis_has_lost_everything() -> None:
    hosted = await HostedRoom.build(entry="approval")
    await hosted.join(await a_person("Ben"))
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    await transitions.rebuild_deadlines()
    assert await look_at_the_list(hosted, after_s=125) == []


async def test_who_was_kicked_and_stops_asking_gets_no_old_ticket_back() -> None:
    hosted = await HostedRoom.build()
    ben = await a_person("Ben")
    ticket = await hosted.join(ben) or ""
    await hosted.act(ModerationAction.KICK, ben, by=hosted.host)
    await services.change_room(hosted.code, hosted.host, {"entry": "approval"})
    assert await hosted.join(ben) is None
    await pass_time(seconds=125)
    await transitions.sweep(now_ms=(await room_clock()).now_ms(), may_expire_leases=False)
    assert await hosted.standing(ben) is MembershipStatus.KICKED
    with pytest.raises(BadTicket):
        await admission.open_socket(hosted.code, ticket, connection="c1")


async def test_all_who_wait_can_be_refused_at_once() -> None:
    hosted = await HostedRoom.build(entry="approval")
    crowd = [await a_person(f"Guest {n}") for n in range(3)]
    for person in crowd:
        await hosted.join(person)
    with pytest.raises(ControllersOnly):
        await moderation.reject_everyone(hosted.code, by=id_of(crowd[0]))
    await moderation.reject_everyone(hosted.code, by=id_of(hosted.host))
    assert (await hosted.snapshot()).waiting == ()
    assert [await outcome(hosted, person) for person in crowd] == ["Rejected"] * 3


async def test_all_who_wait_can_be_let_in_at_once_and_nobody_else() -> None:
    hosted = await HostedRoom.build(entry="approval")
    refused, *crowd = [await a_person(f"Guest {n}") for n in range(4)]
    await hosted.join(refused)
    await hosted.act(ModerationAction.REJECT, refused, by=hosted.host)
    for person in crowd:
        await hosted.join(person)
    with pytest.raises(ControllersOnly):
        await moderation.admit_everyone(hosted.code, by=id_of(crowd[0]))
    await moderation.admit_everyone(hosted.code, by=id_of(hosted.host))
    assert (await hosted.snapshot()).waiting == ()
    assert [await outcome(hosted, person) for person in crowd] == ["is in"] * 3
    assert await outcome(hosted, refused) == "Rejected"


async def test_who_asks_meanwhile_is_not_let_in_with_those_who_were_seen() -> None:
    hosted = await HostedRoom.build(entry="approval")
    ann, ben, late = [await a_person(f"Guest {n}") for n in range(3)]
    for person in (ann, ben, late):
        await hosted.join(person)
    seen = [ann.user_id, ben.user_id]
    await moderation.admit_everyone(hosted.code, by=id_of(hosted.host), only=seen)
    assert [each.id for each in (await hosted.snapshot()).waiting] == [id_of(late)]
    await moderation.reject_everyone(hosted.code, by=id_of(hosted.host), only=seen)
    assert await outcome(hosted, ann) == "is in"
    assert [each.id for each in (await hosted.snapshot()).waiting] == [id_of(late)]


async def test_of_a_crowd_no_more_wait_than_a_list_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting_rows, "MOST_WAITING", 2)
    hosted = await HostedRoom.build(entry="approval")
    crowd = [await a_person(f"Guest {n}") for n in range(8)]
    outcomes = await asyncio.gather(*map(hosted.join, crowd), return_exceptions=True)
    assert outcomes.count(None) == 2
    assert all(isinstance(outcome, RoomFull) for outcome in outcomes if outcome is not None)
    assert len((await hosted.snapshot()).waiting) == 2


async def test_who_is_rejected_stays_out_until_approved_after_all() -> None:
    hosted = await HostedRoom.build(entry="approval")
    ben = await a_person("Ben")
    await hosted.join(ben)
    await hosted.act(ModerationAction.REJECT, ben, by=hosted.host)
    with pytest.raises(Rejected):
        await hosted.join(ben)
    await hosted.act(ModerationAction.APPROVE, ben, by=hosted.host)
    assert await hosted.join(ben)


async def test_who_waited_and_comes_in_by_a_new_rule_waits_no_more() -> None:
    hosted = await HostedRoom.build(entry="approval")
    ben = await a_person("Ben")
    await hosted.join(ben)
    await services.change_room(hosted.code, hosted.host, {"entry": "open"})
    assert await hosted.join(ben)
    assert (await hosted.snapshot()).waiting == ()


async def test_a_ban_that_comes_while_somebody_joins_holds() -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    room = await hosted.row()
    await hosted.act(ModerationAction.BAN, ben, by=hosted.host)
    for wanted in (MembershipStatus.APPROVED, MembershipStatus.PENDING):
        with pytest.raises(Banned):
            await asyncio.to_thread(membership_rows.admit, room, ben.user_id, wanted)
    assert await hosted.standing(ben) is MembershipStatus.BANNED


@pytest.mark.parametrize("act", [ModerationAction.APPROVE, ModerationAction.REJECT])
async def test_who_asks_twice_at_once_does_not_wait_again_after_the_decision(
    act: ModerationAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build(entry="approval")
    ben = await a_person("Ben")
    patience_ends_at = waiting_list._patience_ends_at

    async def after_the_decision() -> datetime:
        monkeypatch.setattr(waiting_list, "_patience_ends_at", patience_ends_at)
        await hosted.join(ben)
        await hosted.act(act, ben, by=hosted.host)
        return await patience_ends_at()

    # Asked for between looking whether they are known and putting them on the list.
    monkeypatch.setattr(waiting_list, "_patience_ends_at", after_the_decision)
    if act is ModerationAction.APPROVE:
        assert await hosted.join(ben)
        assert await hosted.standing(ben) is MembershipStatus.APPROVED
    else:
        with pytest.raises(Rejected):
            await hosted.join(ben)
        assert await hosted.standing(ben) is MembershipStatus.REJECTED
    assert (await hosted.snapshot()).waiting == ()


async def test_the_last_place_is_taken_once_but_the_host_always_finds_one() -> None:
    hosted = await HostedRoom.build(capacity=2)
    people = [await a_person(name) for name in ("Ben", "Cem", "Dua")]
    tickets = [await hosted.join(person) or "" for person in people]
    found = await asyncio.gather(
        *(admission.open_socket(hosted.code, ticket, connection="c1") for ticket in tickets),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in found) == ["Opened", "Opened", "RoomFull"]
    eve = await a_person("Eve")
    with pytest.raises(RoomFull):
        await hosted.join(eve)
    # Nor is she a member, who could read what plays.
    assert await hosted.standing(eve) is None
    await hosted.enter(hosted.host)
    assert await presence.count(hosted.code) == 3


async def test_who_is_in_a_full_room_may_open_a_second_socket() -> None:
    hosted = await HostedRoom.build(capacity=2)
    ben = await a_person("Ben")
    await hosted.enter(ben, connection="c1")
    await hosted.enter(hosted.host, connection="c1")
    await hosted.enter(ben, connection="c2")
    assert await presence.count(hosted.code) == 2


async def test_a_room_that_is_over_lets_nobody_in() -> None:
    hosted = await HostedRoom.build()
    ticket = await hosted.join(hosted.host) or ""
    await asyncio.to_thread(room_rows.enter, hosted.code, Status.EXPIRED)
    await transitions.announce_snapshot(hosted.code)
    with pytest.raises(RoomOver):
        await hosted.join(hosted.host)
    with pytest.raises(RoomOver):
        await admission.open_socket(hosted.code, ticket, connection="c1")
    await services.delete_room(hosted.code, hosted.host)
    with pytest.raises(NoSuchRoom):
        await hosted.join(hosted.host)
    with pytest.raises(NoSuchRoom):
        await admission.open_socket(hosted.code, ticket, connection="c1")


async def test_a_crowd_that_comes_while_the_host_is_away_settles_the_room_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build(capacity=50)
    await hosted.leave(await hosted.enter(hosted.host))
    assert (await hosted.snapshot()).status is Status.GRACE
    settled: list[str] = []
    settle = transitions.settle

    async def counted(code: str) -> None:
        settled.append(code)
        await settle(code)

    monkeypatch.setattr(transitions, "settle", counted)
    for _ in range(10):
        await hosted.enter(await a_person("Someone"))
    assert len(settled) == 1


async def test_the_first_to_come_to_an_empty_room_starts_the_wait_for_the_host_anew() -> None:
    hosted = await HostedRoom.build()
    await hosted.leave(await hosted.enter(hosted.host))
    now_ms = (await room_clock()).now_ms()
    await transitions.sweep(now_ms=now_ms + 3_600_000, may_expire_leases=False)
    assert (await deadlines.running(hosted.code)).keys() == {Deadline.IDLE}
    await hosted.enter(await a_person("Ben"))
    assert (await deadlines.running(hosted.code)).keys() == {Deadline.GRACE}


async def test_who_could_not_come_in_because_of_a_failure_leaves_no_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    ticket = await hosted.join(hosted.host) or ""

    async def jam(code: str) -> None:
        raise Unavailable

    monkeypatch.setattr(transitions, "settle", jam)
    with pytest.raises(Unavailable):
        await admission.open_socket(hosted.code, ticket, connection="c1")
    assert await presence.count(hosted.code) == 0
