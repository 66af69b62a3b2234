"""Makes Redis and the database agree on a room after a change that was interrupted.

Redis decides who is host or co-host and what plays, and the database keeps a copy. The database
decides who is let in and the room's settings, and Redis has a snapshot of them. A change of both
has an entry in ``pending_changes`` until both have it. An entry that stays means that a process
was killed, or a store failed, in between.
"""

import contextlib

import structlog
from django.db import Error as DatabaseFailure

from core.database import in_database
from core.errors import Unavailable
from playback.clock import room_clock
from playback.commands import SetCohost
from playback.rules import SERVER
from rooms import bus, queue_state
from rooms import state as live_states
from rooms.errors import NoSuchMember, NoSuchRoom, RoomOver
from rooms.lifecycle import Deadline
from rooms.stores import deadlines, membership_rows, pending_changes, snapshots
from rooms.upkeep import transitions

log = structlog.get_logger(__name__)


async def sweep(*, now_ms: float) -> None:
    """Reconcile the rooms whose changes were interrupted."""
    for code, entries in (await pending_changes.claim(now_ms=now_ms)).items():
        # One of them stays when it fails, and is due again soon. More would have the same done:
        # where every attempt at a change fails, each leaves one.
        done = entries[1:]
        try:
            await reconcile(code)
            done = entries
        except Unavailable:
            raise
        except DatabaseFailure:
            log.warning("room not reconciled, the database is away", room=code)
        except Exception:
            log.exception("room not reconciled", room=code)
        await pending_changes.remove(*done)


async def reconcile(code: str) -> None:
    """Make both stores agree on a room. Does nothing if they agree already."""
    try:
        snapshot = await snapshots.refresh(code)
    except NoSuchRoom:
        # The room is in one store only.
        await transitions.forget(code)
        return
    await bus.publish(code, "snapshot", revision=snapshot.version)
    if snapshot.status.over:
        await transitions.forget(code)
        return
    try:
        await _dismiss_removed_cohosts(code)
        with contextlib.suppress(NoSuchMember):
            # Then both stores already agree that they are not the host.
            await live_states.persist(code)
        await queue_state.persist(code)
        if snapshot.waiting:
            await deadlines.set_missing([code], Deadline.WAITING, (await room_clock()).now_ms())
        await transitions.settle(code)
    except (NoSuchRoom, RoomOver):
        # The room has ended meanwhile; that change has its own entry.
        return
    log.info("room reconciled", room=code)


async def _dismiss_removed_cohosts(code: str) -> None:
    state = await live_states.current(code)
    let_in = await in_database(membership_rows.let_in)(code, state.cohosts)
    for member in set(state.cohosts) - let_in:
        await live_states.apply(code, SetCohost(member, on=False), SERVER)
