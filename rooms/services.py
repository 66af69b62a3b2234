"""Creating, reading, changing and ending rooms."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import budgets
from accounts.principal import Principal
from core import passwords
from core.database import in_database
from core.errors import Invalid
from core.limits import Limit
from core.pulse import refuse_late
from playback import store as playback_store
from playback.clock import room_clock
from playback.commands import Control, LimitWait, SetControl, Wait
from playback.rules import Context, Verdict
from playback.sources import registry
from playback.sources.base import PlaybackSource, SourceKey, Work
from playback.state import LiveState, first_position
from presence import store as presence
from presence.roster import start_lead_ms
from rooms import queue_state
from rooms import state as live_states
from rooms.errors import AccountNeeded, HostOnly, NoSuchRoom, RoomOver
from rooms.lifecycle import Deadline, Status
from rooms.models import EntryRule, MembershipStatus, Room, Visibility
from rooms.protocol import ROSTER_LIMIT, Role
from rooms.snapshot import role_of
from rooms.stores import deadlines, membership_rows, pending_changes, room_rows
from rooms.upkeep import transitions
from rooms.upkeep.dismissal import dismiss_those_out_of_use

# Rooms that the list of one's own shows. More can still be reached by their links.
MOST_LISTED = 100
# People of a room who are named in lists of rooms.
NAMED = 3
# A room that nobody enters lasts STREAMIT_IDLE, so this rate limits how many there are.
ROOMS = budgets.Budget(
    person=Limit("create-room", burst=20, per_minute=10),
    address=Limit("create-room-address", burst=60, per_minute=1),
    guests=Limit("create-room-guests", burst=600, per_minute=20),
)
# Hashing one takes 0.05 s of a processor and 46 MiB.
PASSWORDS = budgets.Budget(
    person=Limit("set-room-password", burst=10, per_minute=2),
    address=Limit("set-room-password-address", burst=30, per_minute=6),
    guests=Limit("set-room-password-guests", burst=300, per_minute=60),
)


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as one person may see it."""

    room: Room
    source: PlaybackSource | None
    viewer_count: int
    role: Role | None
    hidden: bool
    # The title of what it plays, if it is known.
    title: str | None = None
    # Whether it plays just now.
    playing: bool = False
    # Names of some people in the room; None where they are not shown.
    people: tuple[str, ...] | None = None


async def create_room(
    principal: Principal, *, source: Work | None, start_s: float = 0.0, **facts: Any
) -> RoomView:
    """Create a room with ``principal`` as host, at ``start_s`` seconds of the source.

    Raises Invalid, RateLimited, AccountNeeded and TooManyKept.
    """
    await budgets.spend(ROOMS, principal)
    key = await _adopted(source, principal.user_id)
    room = Room(host_id=principal.user_id)
    _fit(room, await _checked(room, facts, by=principal))
    room.set_source_key(key)
    now_ms = (await room_clock()).now_ms()
    # Set the deadline first: if the process is killed in between, the room still ends.
    begins_ms = max(now_ms, room.starts_at.timestamp() * 1000 if room.starts_at else 0)
    until = begins_ms + settings.IDLE.total_seconds() * 1000
    await deadlines.set_one(room.code, Deadline.IDLE, until)
    await in_database(room_rows.create)(room)
    known = await live_states.facts_of(live_states.described(key))
    state = LiveState(
        host=str(principal.user_id),
        position=first_position(start_s, known["duration"]) if key else 0.0,
        at=now_ms,
        control=Control(room.control),
        chosen_by=str(principal.user_id) if key else None,
        **known,
    )
    await live_states.create(room.code, state)
    await queue_state.create(room.code)
    return await view(room.code, principal)


async def view(code: str, principal: Principal | None) -> RoomView:
    """Return the room as ``principal`` may see it; raise NoSuchRoom."""
    room = await in_database(room_rows.get)(code)
    role = await _role(room, principal)
    hidden = room.visibility == Visibility.PRIVATE and role is None
    count = 0 if hidden else await presence.count(code)
    shown = RoomView(room, live_states.described(room.source_key), count, role, hidden)
    return shown if hidden else (await _completed([shown]))[0]


async def public_rooms(*, limit: int, offset: int) -> tuple[int, list[RoomView]]:
    """Return the number of public live rooms, and one page of them."""
    total, rooms = await in_database(room_rows.public_rooms)(limit=limit, offset=offset)
    counts = await presence.counts([room.code for room in rooms])
    return total, await _completed(
        [
            RoomView(
                room, live_states.described(room.source_key), counts[room.code], None, hidden=False
            )
            for room in rooms
        ]
    )


async def own_rooms(principal: Principal) -> list[RoomView]:
    """Return the rooms that ``principal`` hosts and that have not ended, newest first."""
    rooms = await in_database(room_rows.rooms_of)(principal.user_id, at_most=MOST_LISTED)
    counts = await presence.counts([room.code for room in rooms])
    return await _completed(
        [
            RoomView(
                room,
                live_states.described(room.source_key),
                counts[room.code],
                Role.HOST,
                hidden=False,
                people=await _names(room.code) if counts[room.code] else (),
            )
            for room in rooms
        ]
    )


async def joined_rooms(principal: Principal) -> list[RoomView]:
    """Return the rooms of others that have let ``principal`` in and have not ended.

    Those that they came to last are first.
    """
    rows = await in_database(membership_rows.of_visitor)(principal.user_id, at_most=MOST_LISTED)
    counts = await presence.counts([row.room.code for row in rows])
    return await _completed(
        [
            RoomView(
                row.room,
                live_states.described(row.room.source_key),
                counts[row.room.code],
                Role.COHOST if row.cohost else Role.VIEWER,
                hidden=False,
            )
            for row in rows
        ]
    )


async def _names(code: str) -> tuple[str, ...]:
    _revision, present = await presence.snapshot(code, at_most=NAMED)
    return tuple(person.name for person in present.people)


async def _completed(views: list[RoomView]) -> list[RoomView]:
    """Return ``views`` with the titles of their sources, and whether they play."""
    titles = await registry.titles(view.source for view in views)
    playing = await _playing([view.room.code for view in views if view.source])
    return [
        replace(
            view,
            title=titles.get(SourceKey.of(view.source)),
            playing=view.room.code in playing,
        )
        if view.source
        else view
        for view in views
    ]


async def _playing(codes: Collection[str]) -> set[str]:
    """Return those of many rooms in which a film plays just now, as far as Redis knows."""
    if not codes:
        return set()
    now_ms = (await room_clock()).now_ms()
    states = await playback_store.load_each(codes)
    return {code for code, state in states.items() if state.effective(now_ms).playing}


async def change_room(code: str, principal: Principal, changes: Mapping[str, Any]) -> RoomView:
    """Change some facts of a room; its sockets are told.

    Raises HostOnly, Invalid, RoomOver, RateLimited, AccountNeeded and TooManyKept.
    """
    room = await hosted_room(code, principal)
    if Status(room.status).over:
        raise RoomOver
    changes = dict(changes)
    # Who may control playback is part of the live state, where commands are decided.
    control = changes.pop("control", None)
    if changes or control is None:
        await _change_facts(room, changes, by=principal)
    if control is not None:
        by_host = Context(str(principal.user_id))
        change = await live_states.apply(code, SetControl(Control(control)), by_host)
        if change.outcome.verdict is Verdict.IGNORED:
            # They have handed the room over since we asked.
            raise HostOnly
    return await view(code, principal)


async def _change_facts(room: Room, changes: Mapping[str, Any], *, by: Principal) -> None:
    facts = await _checked(room, changes, by=by)
    async with pending_changes.under_way(room.code):
        changed = await in_database(room_rows.change)(room.code, facts, _fit)
        await transitions.announce_snapshot(room.code)
        if facts.keys() & {"wait", "wait_timeout_s"}:
            await _limit_wait(changed)
        if facts.keys() & {"kept", "starts_at"}:
            # It may be waiting for its host, or be empty, with no deadline that ends that.
            await transitions.settle_and_restart_idle(room.code)


async def _limit_wait(room: Room) -> None:
    """Apply the room's new waiting rule to a wait that has begun."""
    _revision, present = await presence.snapshot(room.code, at_most=ROSTER_LIMIT)
    trips_ms = (person.rtt_ms for person in present.people if person.rtt_ms is not None)
    limit = LimitWait(Wait(room.wait), room.wait_timeout_s)
    by_server = Context(by=None, lead_ms=start_lead_ms(trips_ms))
    await live_states.apply(room.code, limit, by_server)


async def delete_room(code: str, principal: Principal) -> None:
    """End a room for good and close its sockets; raise HostOnly."""
    await hosted_room(code, principal)
    await _end(code, _store_end_in_time)


async def end_room(code: str) -> None:
    """End a room for good and close its sockets, without checking who asks."""
    await _end(code, _store_end)


async def _end(code: str, store_end: Callable[[str], None]) -> None:
    async with pending_changes.under_way(code):
        await in_database(store_end)(code)
        await transitions.announce_snapshot(code)
        await transitions.forget(code)


def _store_end(code: str) -> None:
    room_rows.enter(code, Status.DELETED)


@transaction.atomic
def _store_end_in_time(code: str) -> None:
    """Store the end that a host asked for: by now somebody else may be host."""
    _store_end(code)
    refuse_late()


async def end_all_of(user_id: UUID) -> None:
    """End all rooms of someone whose account is disabled or deleted, and their rights in others."""
    await dismiss_those_out_of_use(user_id)
    for code in await in_database(room_rows.hosted_by)(user_id):
        await end_room(code)


async def hosted_room(code: str, principal: Principal) -> Room:
    """Return the room if ``principal`` is its host; raise HostOnly."""
    room = await in_database(room_rows.get)(code)
    state = await _live(room)
    host = state.host if state else str(room.host_id)
    if host != str(principal.user_id):
        raise (NoSuchRoom if await _is_hidden(room, principal) else HostOnly)
    return room


async def _is_hidden(room: Room, principal: Principal) -> bool:
    return room.visibility == Visibility.PRIVATE and await _role(room, principal) is None


async def _role(room: Room, principal: Principal | None) -> Role | None:
    if principal is None:
        return None
    member = str(principal.user_id)
    state = await _live(room)
    if state is None:
        return Role.HOST if room.host_id == principal.user_id else None
    if state.may_moderate(member):
        return role_of(member, state)
    row = await in_database(membership_rows.membership)(room, principal.user_id)
    return Role.VIEWER if row and row.admission == MembershipStatus.APPROVED else None


async def _live(room: Room) -> LiveState | None:
    """Return the live state, which knows the host; None if the room has ended."""
    if Status(room.status).over:
        return None
    try:
        return await live_states.current(room.code)
    except RoomOver:
        return None


async def _adopted(source: Work | None, user_id: UUID) -> SourceKey | None:
    if source is None:
        return None
    described = registry.adopt(source)
    await registry.check_access(described, user_id=user_id)
    return SourceKey.of(described)


async def _checked(room: Room, asked: Mapping[str, Any], *, by: Principal) -> dict[str, Any]:
    """Check the requested facts of ``room`` and return them, with the password hashed.

    Raises Invalid if they do not fit together, RateLimited for too many passwords, Busy,
    and AccountNeeded.
    """
    if asked.get("kept") and by.is_guest:
        raise AccountNeeded
    starts_at: datetime | None = asked.get("starts_at")
    if starts_at is not None and not _is_soon(starts_at):
        raise _wrong("starts_at", "must be within a year from now")
    if asked.get("capacity", 0) > settings.MAX_CAPACITY:
        raise _wrong("capacity", f"must be at most {settings.MAX_CAPACITY}")
    password = asked.get("password")
    facts = {name: value for name, value in asked.items() if name != "password"}
    # Check them before hashing a password. Storing them checks again, and that counts.
    _check_entry(
        facts.get("entry", room.entry),
        facts.get("visibility", room.visibility),
        has_password=bool(password or room.password_hash),
        is_given=bool(password),
    )
    if password:
        await budgets.spend(PASSWORDS, by)
        facts["password_hash"] = await passwords.hash_password(password)
    return facts


def _fit(room: Room, facts: Mapping[str, Any]) -> None:
    """Set ``facts`` on a room; raise Invalid if they do not fit its other facts."""
    for name, value in facts.items():
        setattr(room, name, value)
    _check_entry(
        room.entry,
        room.visibility,
        has_password=bool(room.password_hash),
        is_given=bool(facts.get("password_hash")),
    )
    if room.entry != EntryRule.PASSWORD:
        room.password_hash = ""


def _check_entry(entry: str, visibility: str, *, has_password: bool, is_given: bool) -> None:
    """Raise Invalid if these facts do not fit together; ``is_given``: there is a new password."""
    if entry == EntryRule.PASSWORD and not has_password:
        raise _wrong("password", "is needed when entry is by password")
    if entry != EntryRule.PASSWORD and is_given:
        raise _wrong("password", "is only for a room whose entry is by password")
    if visibility == Visibility.PRIVATE and entry == EntryRule.OPEN:
        raise _wrong("entry", "of a private room must be by password or approval")


def _is_soon(starts_at: datetime) -> bool:
    now = timezone.now()
    return now - timedelta(days=1) < starts_at < now + timedelta(days=366)


def _wrong(field: str, why: str) -> Invalid:
    return Invalid(f"{field}: {why}", fields={field: why})
