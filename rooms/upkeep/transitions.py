"""Keeps each room's status true to who is present, and deals with deadlines that pass.

Any process may do any of this at any time: every step is guarded, so doing it twice does
no harm, and a deadline stays in Redis until it has been dealt with.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings

from core.errors import Invalid, StreamItError, Unavailable
from playback import state as playback_state
from playback import store as playback_store
from playback.clock import room_clock
from playback.sources import registry
from playback.sources.base import PlaybackSource, SourceKey
from playback.state import LiveState, MakeHost, Verdict
from presence import store as presence
from rooms import bus, lifecycle
from rooms.errors import HostOnly, NoSuchRoom, RoomOver
from rooms.lifecycle import Deadline, Facts, Status, Transition
from rooms.snapshot import RoomSnapshot
from rooms.stores import chat, deadlines, pending_changes, rebuild_marker, records, snapshots

log = structlog.get_logger(__name__)

# Longer than a change of both stores takes on a busy day.
RECONCILE_AFTER_MS = 10_000.0


@contextlib.asynccontextmanager
async def changing_both_stores(code: str) -> AsyncIterator[None]:
    """Have the room healed (rooms.upkeep.reconcile) if what follows is not carried to its end.

    A process may be killed, or a store may fail, between the write to Redis and the one to
    the database. Raises LiveStateUnavailable, before anything is changed.
    """
    now_ms = (await room_clock()).now_ms()
    mark = await pending_changes.add(code, at_ms=now_ms + RECONCILE_AFTER_MS)
    yield
    with contextlib.suppress(Unavailable):
        await pending_changes.remove(mark)


async def refresh_snapshot(code: str) -> RoomSnapshot:
    """Make the room's snapshot anew and store it; raise NoSuchRoom."""
    snapshot = await sync_to_async(records.snapshot)(code)
    running = await deadlines.running(code)
    if snapshot.status is Status.GRACE:
        snapshot = snapshot.model_copy(update={"grace_ends_at": running.get(Deadline.GRACE)})
    await snapshots.save(snapshot)
    return snapshot


async def snapshot_of(code: str) -> RoomSnapshot:
    """Return the room's snapshot, made anew if Redis has none; raise NoSuchRoom."""
    return await snapshots.load(code) or await refresh_snapshot(code)


async def announce_snapshot(code: str) -> RoomSnapshot:
    """Make the snapshot anew and tell every process to look at it."""
    snapshot = await refresh_snapshot(code)
    await bus.publish(code, "snapshot", revision=snapshot.version)
    return snapshot


async def live_state(code: str, *, known: LiveState | None = None) -> LiveState:
    """Return the room's live state, mended if Redis has lost it or gone back to an older one.

    ``known`` is the last state this process saw. Either way what comes next has a revision
    that clients accept as newer. Raises NoSuchRoom and RoomOver.
    """
    while True:
        state = await playback_store.load(code)
        if state is not None and (known is None or state.revision >= known.revision):
            return state
        if state is not None and known is not None:
            # The last second before a crash may be lost; what was told stays true.
            fresh = known.model_copy(update={"revision": known.revision + 1})
        else:
            fresh = await _begin_again(code, known)
        # On a lost race the other one's is read, and mended if it is too old as well.
        await playback_store.create(code, fresh, instead_of=state)


async def _begin_again(code: str, known: LiveState | None) -> LiveState:
    """Make a state for a room that has none: paused, where a process knows that it was."""
    snapshot = await snapshot_of(code)
    if snapshot.status.over:
        raise RoomOver
    now_ms = (await room_clock()).now_ms()
    if known is not None:
        return known.model_copy(
            update={
                "revision": known.revision + 1,
                "playing": False,
                "position": known.position_at(now_ms),
                "at": now_ms,
                "by": None,
            }
        )
    host, cohosts, key = await sync_to_async(records.authority)(code)
    return LiveState(
        host=host,
        cohosts=cohosts,
        source=described(key),
        at=now_ms,
        # Clients that outlived the loss drop what is older than they have seen.
        revision=1 if snapshot.status is Status.CREATED else max(1, int(now_ms)),
        # A host who was there may still know where it was.
        forgotten=snapshot.status is not Status.CREATED,
    )


def described(key: SourceKey | None) -> PlaybackSource | None:
    """Return the source of a stored ``key``; None when its adapter has been taken away."""
    try:
        return registry.describe(key) if key else None
    except (registry.UnknownProvider, Invalid):
        return None


async def settle(code: str) -> None:
    """Make the room's status fit who is present; raise NoSuchRoom and RoomOver."""
    snapshot = await refresh_snapshot(code)
    facts = await _facts(snapshot)
    await _carry_out(code, snapshot, lifecycle.settle(facts))


async def leave(lease: presence.Lease, *, known: LiveState | None, last: bool) -> None:
    """Give up a lease and see to what that means for the room.

    ``known`` is the last state this process saw, if it saw any. After the ``last`` socket
    of the room here nobody compares any more, so what Redis may have lost is seen to now: a
    room must not stay because its leases went unnoticed. Raises any StreamItError.
    """
    released = await presence.release(lease)
    if released.gone:
        await bus.publish(lease.code, "presence")
    was_host = known is None or known.host == lease.person
    if last or (released.gone and (was_host or released.count == 0)):
        await _settle_or_forget(lease.code, known=known)


async def _settle_or_forget(code: str, *, known: LiveState | None = None) -> None:
    try:
        await live_state(code, known=known)
        await settle(code)
        over = (await snapshot_of(code)).status.over
    except (NoSuchRoom, RoomOver):
        over = True
    if over:
        # A server that had not heard of the end went on renewing leases.
        await forget(code)


async def sweep(*, now_ms: float, may_expire_leases: bool) -> None:
    """Deal with deadlines that have passed and with leases that nobody renewed."""
    for code, kind in await deadlines.claim(now_ms=now_ms):
        with _alone(code):
            await _deal_with(code, kind)
    if not may_expire_leases:
        return
    for code in await presence.rooms_with_expired_leases(now_ms=now_ms):
        with _alone(code):
            await _release_expired(code, now_ms)


async def rebuild_deadlines() -> None:
    """Make good what Redis may have lost: no empty room stays without a deadline.

    Rooms that are not empty are seen to by those who have their sockets.
    """
    codes = await sync_to_async(records.living)()
    counts = await presence.counts(codes)
    empty = [code for code in codes if not counts[code]]
    until = (await room_clock()).now_ms() + settings.IDLE.total_seconds() * 1000
    await deadlines.set_missing(empty, Deadline.IDLE, until)
    await rebuild_marker.leave()


@contextlib.contextmanager
def _alone(code: str) -> Iterator[None]:
    """Keep what goes wrong with one room from the others; only Redis away ends it all."""
    try:
        yield
    except Unavailable:
        raise
    except Exception:
        log.exception("room not kept", room=code)


async def _release_expired(code: str, now_ms: float) -> None:
    released = await presence.release_expired(code, now_ms=now_ms)
    if released.gone:
        await bus.publish(code, "presence")
    if released.gone or not released.count:
        # Whoever gave the last lease up may have been killed before he saw to what it means.
        await _settle_or_forget(code)
    if not released.count:
        await presence.stop_watching(code)


async def forget(code: str) -> None:
    """Delete everything live about a room that is over; its snapshot stays to say so."""
    await deadlines.drop(code, *Deadline)
    await playback_store.forget(code)
    await presence.forget(code)
    await chat.forget(code)


async def _deal_with(code: str, kind: Deadline) -> None:
    try:
        snapshot = await refresh_snapshot(code)
        actions = lifecycle.due(await _facts(snapshot), kind)
    except (NoSuchRoom, RoomOver):
        await deadlines.drop(code, kind)
        return
    log.info("deadline passed", room=code, deadline=kind.value, actions=[a.value for a in actions])
    await _carry_out(code, snapshot, actions)
    if not actions:
        await deadlines.drop(code, kind)


async def _facts(snapshot: RoomSnapshot) -> Facts:
    running = await deadlines.running(snapshot.code)
    state = None if snapshot.status.over else await live_state(snapshot.code)
    count = (await presence.counts([snapshot.code]))[snapshot.code]
    return Facts(
        status=snapshot.status,
        host_present=state is not None and await presence.is_present(snapshot.code, state.host),
        anyone_present=count > 0,
        grace_running=Deadline.GRACE in running,
        idle_running=Deadline.IDLE in running,
        succession=snapshot.succession,
    )


async def _carry_out(code: str, snapshot: RoomSnapshot, actions: list[Transition]) -> None:
    for action in actions:
        await _do(code, snapshot, action)
    if {Transition.GO_LIVE, Transition.START_GRACE, Transition.END_GRACE, Transition.SUCCEED} & set(
        actions
    ):
        await announce_snapshot(code)
    if Transition.EXPIRE in actions:
        await announce_snapshot(code)
        await forget(code)


async def _do(code: str, snapshot: RoomSnapshot, action: Transition) -> None:
    now_ms = (await room_clock()).now_ms()
    match action:
        case Transition.GO_LIVE:
            await sync_to_async(records.enter)(code, Status.LIVE)
        case Transition.START_GRACE:
            # The deadline first: a process killed between the two forgets nothing.
            until = now_ms + settings.GRACE.total_seconds() * 1000
            await deadlines.set_missing([code], Deadline.GRACE, until)
            entered = await sync_to_async(records.enter)(code, Status.GRACE)
            if not entered and snapshot.status is Status.GRACE:
                await sync_to_async(records.touch)(code)
        case Transition.END_GRACE:
            await sync_to_async(records.enter)(code, Status.LIVE)
            await deadlines.drop(code, Deadline.GRACE)
        case Transition.DROP_GRACE:
            await deadlines.drop(code, Deadline.GRACE)
        case Transition.SUCCEED:
            await _succeed(code)
        case Transition.EXPIRE:
            await sync_to_async(records.enter)(code, Status.EXPIRED)
        case Transition.START_IDLE:
            until = now_ms + settings.IDLE.total_seconds() * 1000
            await deadlines.set_one(code, Deadline.IDLE, until)
        case Transition.STOP_IDLE:
            # First, so that a room always has one that ends it: the deadline or the scheduler.
            await presence.watch(code, at_ms=now_ms)
            await deadlines.drop(code, Deadline.IDLE)


async def _succeed(code: str) -> None:
    """Give the room to whoever has been present longest.

    A lease may outlive being put out, so the database is asked who is still let in.
    """
    _revision, present = await presence.snapshot(code, at_most=100)
    people = [person.id for person in present.people]
    let_in = await sync_to_async(records.let_in)(code, people)
    heir = next((person for person in people if person in let_in), None)
    if heir is None:
        return
    await make_host(code, heir)
    await sync_to_async(records.enter)(code, Status.LIVE)
    await deadlines.drop(code, Deadline.GRACE)
    log.info("room handed over", room=code, member=heir)


async def make_host(code: str, member: str, *, by: str | None = None) -> None:
    """Make ``member`` host, in the live state and durably, and tell every process.

    Raises HostOnly unless ``by`` is the host at that very moment; None is the server itself.
    """
    now_ms = (await room_clock()).now_ms()
    async with changing_both_stores(code):
        outcome = await playback_store.update(
            code,
            lambda state: playback_state.apply(state, MakeHost(member), now_ms=now_ms, by=by),
        )
        if outcome.verdict is not Verdict.IGNORED:
            try:
                await store_host(code)
            except StreamItError:
                log.exception("host not stored", room=code, member=member)
            await bus.publish(code, "state", revision=outcome.state.revision)
    if outcome.verdict is Verdict.IGNORED:
        raise HostOnly


async def store_host(code: str) -> None:
    """Store who is host; of two changes at once the later one stays in both stores."""
    while (state := await playback_store.load(code)) is not None:
        await sync_to_async(records.set_host)(code, records.user_id(state.host))
        after = await playback_store.load(code)
        if after is None or after.host == state.host:
            return
