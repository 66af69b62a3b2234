"""Keeps each room's status in step with who is present, and handles deadlines.

Any process may do any of this at any time: every step is guarded, so doing it twice does
no harm, and a deadline stays in Redis until it has been handled.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import structlog
from django.conf import settings

from core.database import in_database
from core.errors import Unavailable
from playback.clock import room_clock
from playback.commands import MakeHost
from playback.rules import Context, Verdict
from presence import store as presence
from rooms import bus, lifecycle, queue_state
from rooms import state as live_states
from rooms.errors import HostOnly, NoSuchMember, NoSuchRoom, RoomOver
from rooms.lifecycle import Deadline, Facts, Status, Transition
from rooms.snapshot import RoomSnapshot
from rooms.stores import (
    chat,
    deadlines,
    membership_rows,
    pending_changes,
    rebuild_marker,
    room_rows,
    snapshots,
    waiting_rows,
)

log = structlog.get_logger(__name__)


async def announce_snapshot(code: str) -> RoomSnapshot:
    """Make a new snapshot, and tell every process to read it."""
    snapshot = await snapshots.refresh(code)
    await bus.publish(code, "snapshot", revision=snapshot.version)
    return snapshot


async def settle(code: str) -> None:
    """Make the room's status fit who is present; raise NoSuchRoom or RoomOver."""
    snapshot = await snapshots.refresh(code)
    facts = await _facts(snapshot)
    await _carry_out(code, snapshot, lifecycle.settle(facts))


async def settle_and_restart_idle(code: str) -> None:
    """Settle after a change of how long the room lasts: an empty room's idle time starts again.

    Raises NoSuchRoom and RoomOver.
    """
    snapshot = await snapshots.refresh(code)
    facts = replace(await _facts(snapshot), idle_running=False)
    await _carry_out(code, snapshot, lifecycle.settle(facts))


async def leave(lease: presence.Lease, *, last: bool) -> None:
    """Release a lease and do what follows for the room.

    After the ``last`` socket of the room in this process, nobody here compares the room with Redis
    any more. So what Redis may have lost is restored now, or the room might never end. Raises any
    StreamItError.
    """
    released = await presence.release(lease)
    if released.gone:
        await bus.publish(lease.code, "presence")
    state = live_states.seen(lease.code)
    was_host = state is None or state.host == lease.person
    if last or (released.gone and (was_host or released.count == 0)):
        await _settle_or_delete(lease.code)


async def _settle_or_delete(code: str) -> None:
    try:
        await live_states.current(code)
        await settle(code)
        over = (await snapshots.of(code)).status.over
    except (NoSuchRoom, RoomOver):
        over = True
    if over:
        # A server that did not know that the room has ended went on renewing leases.
        await forget(code)


async def sweep(*, now_ms: float, may_expire_leases: bool) -> None:
    """Handle deadlines that have passed and leases that were not renewed."""
    for code, kind in await deadlines.claim(now_ms=now_ms):
        with _alone(code):
            await _deal_with(code, kind)
    if not may_expire_leases:
        return
    for code in await presence.rooms_with_expired_leases(now_ms=now_ms):
        with _alone(code):
            await _release_expired(code, now_ms)


async def rebuild_deadlines() -> None:
    """Give every empty room a deadline again, and every waiting list, in case Redis has lost it.

    Processes that have sockets of a room do the first themselves for it.
    """
    codes = await in_database(room_rows.living)()
    counts = await presence.counts(codes)
    empty = [code for code in codes if not counts[code]]
    now_ms = (await room_clock()).now_ms()
    until = now_ms + settings.IDLE.total_seconds() * 1000
    await deadlines.set_missing(empty, Deadline.IDLE, until)
    await deadlines.set_missing(await in_database(waiting_rows.rooms)(), Deadline.WAITING, now_ms)
    await rebuild_marker.leave()


@contextlib.contextmanager
def _alone(code: str) -> Iterator[None]:
    """Keep a failure of one room from stopping the others. Only a Redis that is away does."""
    try:
        yield
    except Unavailable:
        raise
    except Exception:
        log.exception("room not looked after", room=code)


async def _release_expired(code: str, now_ms: float) -> None:
    released = await presence.release_expired(code, now_ms=now_ms)
    if released.gone:
        await bus.publish(code, "presence")
    if released.gone or not released.count:
        # The process that released the last lease may have been killed before it did the rest.
        await _settle_or_delete(code)
    if not released.count:
        await presence.stop_watching(code)


async def forget(code: str) -> None:
    """Delete everything live of a room that has ended; its snapshot stays and says so."""
    await deadlines.drop(code, *Deadline)
    await live_states.forget(code)
    await presence.forget(code)
    await chat.forget(code)
    await queue_state.forget(code)


async def _deal_with(code: str, kind: Deadline) -> None:
    if kind is Deadline.WAITING:
        await _end_waits(code)
        return
    try:
        snapshot = await snapshots.refresh(code)
        actions = lifecycle.due(await _facts(snapshot), kind)
    except (NoSuchRoom, RoomOver):
        await deadlines.drop(code, kind)
        return
    log.info("deadline passed", room=code, deadline=kind.value, actions=[a.value for a in actions])
    await _carry_out(code, snapshot, actions)
    if not actions:
        await deadlines.drop(code, kind)


async def _end_waits(code: str) -> None:
    """Take people off the waiting list who have stopped asking."""
    now = datetime.fromtimestamp((await room_clock()).now_ms() / 1000, UTC)
    async with pending_changes.under_way(code):
        if await in_database(waiting_rows.end_waits)(code, now):
            await announce_snapshot(code)
    next_ = await in_database(waiting_rows.next_end)(code)
    if next_ is None:
        await deadlines.drop(code, Deadline.WAITING)
        # Someone who was put on the list just before that found the deadline still set.
        next_ = await in_database(waiting_rows.next_end)(code)
    if next_ is not None:
        await deadlines.set_one(code, Deadline.WAITING, next_.timestamp() * 1000)


async def _facts(snapshot: RoomSnapshot) -> Facts:
    running = await deadlines.running(snapshot.code)
    state = None if snapshot.status.over else await live_states.current(snapshot.code)
    count = await presence.count(snapshot.code)
    return Facts(
        status=snapshot.status,
        host_present=state is not None and await presence.is_present(snapshot.code, state.host),
        anyone_present=count > 0,
        grace_running=Deadline.GRACE in running,
        idle_running=Deadline.IDLE in running,
        succession=snapshot.succession,
        kept=snapshot.kept,
        starts_later=snapshot.starts_later((await room_clock()).now_ms()),
    )


_CHANGE_THE_STATUS = {
    Transition.GO_LIVE,
    Transition.START_GRACE,
    Transition.AWAIT_HOST,
    Transition.END_GRACE,
    Transition.SUCCEED,
}


async def _carry_out(code: str, snapshot: RoomSnapshot, actions: list[Transition]) -> None:
    for action in actions:
        await _do(code, snapshot, action)
    if _CHANGE_THE_STATUS & set(actions):
        await announce_snapshot(code)
    if Transition.EXPIRE in actions:
        await announce_snapshot(code)
        await forget(code)


async def _do(code: str, snapshot: RoomSnapshot, action: Transition) -> None:
    now_ms = (await room_clock()).now_ms()
    match action:
        case Transition.GO_LIVE:
            await in_database(room_rows.enter)(code, Status.LIVE)
        case Transition.START_GRACE:
            # The deadline first: if the process is killed in between, nothing is lost.
            until = now_ms + settings.GRACE.total_seconds() * 1000
            await deadlines.set_missing([code], Deadline.GRACE, until)
            entered = await in_database(room_rows.enter)(code, Status.GRACE)
            if not entered and snapshot.status is Status.GRACE:
                await in_database(room_rows.touch)(code)
        case Transition.AWAIT_HOST:
            await in_database(room_rows.enter)(code, Status.GRACE)
        case Transition.END_GRACE:
            await in_database(room_rows.enter)(code, Status.LIVE)
            await deadlines.drop(code, Deadline.GRACE)
        case Transition.DROP_GRACE:
            await deadlines.drop(code, Deadline.GRACE)
        case Transition.SUCCEED:
            await _succeed(code)
        case Transition.EXPIRE:
            await in_database(room_rows.enter)(code, Status.EXPIRED)
        case Transition.START_IDLE:
            begins_ms = max(now_ms, (snapshot.starts_at_s or 0) * 1000)
            until = begins_ms + settings.IDLE.total_seconds() * 1000
            await deadlines.set_one(code, Deadline.IDLE, until)
        case Transition.STOP_IDLE:
            # First, so that there is always something that ends the room: a deadline or the watch.
            await presence.watch(code, at_ms=now_ms)
            await deadlines.drop(code, Deadline.IDLE)


async def _succeed(code: str) -> None:
    """Give the room to the person who has been present longest, if the host is still away.

    A kicked person may still hold a lease, so the database is asked who may become host.
    """
    _revision, present = await presence.snapshot(code, at_most=100)
    people = [person.id for person in present.people]
    may_lead = await in_database(membership_rows.eligible_hosts)(code, people)
    heir = next((person for person in people if person in may_lead), None)
    # The database may have taken long to answer, and the host have come back.
    host = (await live_states.current(code)).host
    if heir is None or await presence.is_present(code, host):
        return
    try:
        await make_host(code, heir)
    except NoSuchMember:
        # The deadline stays, and is handled again for the next person.
        return
    await in_database(room_rows.enter)(code, Status.LIVE)
    await deadlines.drop(code, Deadline.GRACE)
    log.info("room handed over", room=code, member=heir)


async def make_host(code: str, member: str, *, by: str | None = None) -> None:
    """Make ``member`` host, in the live state and durably, and tell every process.

    Raises HostOnly unless ``by`` is the host at that very moment; None is the server itself.
    Raises NoSuchMember if ``member`` has been put out, or their account disabled or deleted.
    """
    change = await live_states.apply(code, MakeHost(member), Context(by))
    if change.outcome.verdict is Verdict.IGNORED:
        raise HostOnly
