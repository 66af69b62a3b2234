"""PING, SYNC and STATUS: what players ask and report by themselves."""

from dataclasses import replace

from playback.clock import room_clock
from playback.commands import Excuse
from playback.rules import Context
from rooms import protocol, server_messages
from rooms import state as live_states
from rooms.commands import playback, queue
from rooms.commands.sender import Handlers, Sender, done
from rooms.queue import are_players_overdue


async def pong(_sender: Sender, message: protocol.Ping) -> server_messages.Pong:
    """Answer in room time."""
    clock = await room_clock()
    received = clock.now_ms()
    return server_messages.Pong(t0=message.t0, t1=received, t2=clock.now_ms(), id=message.id)


async def sync(sender: Sender, message: protocol.Sync) -> server_messages.PlaybackState:
    """Answer with the live state from Redis."""
    state = await live_states.current(sender.code)
    now_ms = (await room_clock()).now_ms()
    return server_messages.PlaybackState.of(state.effective(now_ms), id=message.id)


async def status(sender: Sender, message: protocol.Status) -> protocol.Model | None:
    """Store the state of the sender's player; take length and position from a controller's."""
    connection = sender.connection
    is_awaited = message.ready is not None and not connection.opted_out
    report = replace(
        connection.status,
        buffering=message.buffering,
        drift_ms=message.drift_ms,
        rtt_ms=message.rtt_ms if message.rtt_ms is not None else connection.status.rtt_ms,
        awaited_on=frozenset([connection.lease.connection] if is_awaited else ()),
    )
    sender.hub.report(sender.room, connection, report)
    sender.room.receive_status(connection, message)
    if sender.may_control():
        await _learn(sender, message)
    elif message.duration is not None:
        await _learn_from_viewer(sender, message.duration, seen=message.revision or 0)
    return done(message)


async def _learn(sender: Sender, message: protocol.Status) -> None:
    state = sender.room.state
    if state.forgotten and message.revision is not None:
        await playback.remember_position(
            sender.code, message.position, seen=message.revision, by=sender.person
        )
    is_news = state.length_is_guessed or (
        message.duration != state.duration and not state.length_is_known
    )
    is_told = state.duration is not None and not state.length_is_guessed
    if is_told and sender.person != state.host:
        # Players measure it a little differently, and the host's value counts.
        is_news = False
    if message.duration is not None and is_news:
        await playback.learn_duration(
            sender.code,
            message.duration,
            Context(sender.person, lead_ms=sender.room.lead_ms()),
            seen=message.revision,
        )


async def _learn_from_viewer(sender: Sender, duration: float, *, seen: int) -> None:
    state, connection = sender.room.state, sender.connection
    of, count = state.source_revision, sender.room.presence_feed.snapshot.count
    # Big rooms have a host who is awake; so many reports would cost more than they are worth.
    is_small = count <= protocol.ROSTER_LIMIT
    # Report again when the number of people changes, or when viewers' reports begin to count.
    is_overdue = are_players_overdue(state, (await room_clock()).now_ms())
    told = (of, count, is_overdue)
    if state.duration is None and seen >= of and is_small and connection.measured != told:
        await queue.note_length(sender.code, duration, of=of, by=sender.person)
        connection.measured = told


async def wait_for_me(sender: Sender, message: protocol.WaitForMe) -> protocol.Model | None:
    """Store whether the room should wait for the player on this connection.

    If it waits for none of the sender's players any more, it stops waiting for them now.
    """
    connection = sender.connection
    connection.opted_out = not message.on
    if not message.on:
        report = replace(connection.status, awaited_on=frozenset())
        sender.hub.report(sender.room, connection, report)
        if not await sender.room.is_awaited(sender.person):
            by_server = Context(by=None, lead_ms=sender.room.lead_ms())
            await live_states.apply(sender.code, Excuse(sender.person), by_server)
    return done(message)


HANDLERS: Handlers = {
    protocol.Ping: pong,
    protocol.Sync: sync,
    protocol.Status: status,
    protocol.WaitForMe: wait_for_me,
}
