"""Makes the two stores of a room say the same after a change that was cut short.

Redis says who is host and co-host and what plays, and the database keeps it; the database
says who is let in and what the room is like, and Redis has the snapshot made from that. Whoever
changes both leaves a mark until both have it (transitions.changing_both_stores). A mark that
stays means that he was killed, or a store failed, somewhere in between.
"""

import structlog
from asgiref.sync import sync_to_async
from django.db import Error as DatabaseFailure

from core.errors import Unavailable
from playback import store as playback_store
from playback.sources.base import SourceKey
from rooms import bus
from rooms.commands import moderation, playback
from rooms.errors import NoSuchRoom, RoomOver
from rooms.stores import pending_changes, records
from rooms.upkeep import transitions

log = structlog.get_logger(__name__)


async def sweep(*, now_ms: float) -> None:
    """Heal the rooms whose changes nobody has carried to their end."""
    for code, mark in await pending_changes.claim(now_ms=now_ms):
        try:
            await reconcile(code)
            await pending_changes.remove(mark)
        except Unavailable:
            raise
        except DatabaseFailure:
            # The mark stays, and is due again soon.
            log.warning("room not healed, the database is away", room=code)
        except Exception:
            log.exception("room not healed", room=code)


async def reconcile(code: str) -> None:
    """Make both stores say the same of a room; that they do already is no reason to wait."""
    try:
        snapshot = await transitions.refresh_snapshot(code)
    except NoSuchRoom:
        # Made in one store only, or gone from the other for good.
        await transitions.forget(code)
        return
    await bus.publish(code, "snapshot", revision=snapshot.version)
    if snapshot.status.over:
        await transitions.forget(code)
        return
    try:
        await _dismiss_those_put_out(code)
        await _store_authority(code)
    except (NoSuchRoom, RoomOver):
        # It has ended since; whoever ended it has left a mark of his own.
        return
    log.info("room healed", room=code)


async def _dismiss_those_put_out(code: str) -> None:
    state = await transitions.live_state(code)
    for member in set(state.cohosts) - await sync_to_async(records.let_in)(code, state.cohosts):
        await moderation.set_cohost(code, member, on=False)


async def _store_authority(code: str) -> None:
    """Store what the live state says where the database says otherwise."""
    host, cohosts, key = await sync_to_async(records.authority)(code)
    state = await playback_store.load(code)
    if state is None:
        return
    if state.host != host:
        await transitions.store_host(code)
    if set(state.cohosts) != set(cohosts):
        await sync_to_async(records.set_cohosts)(code, state.cohosts)
    playing = SourceKey.of(state.source) if state.source else None
    # A room does not lose its film because an adapter is missing for a while.
    if playing != key and (playing or transitions.described(key)):
        await playback.store_source(code)
