"""From a member's decoded message to its handler and its answer."""

from dataclasses import replace

from core import metrics
from core.errors import StreamItError
from playback.clock import room_clock
from playback.commands import PlaybackCommand
from playback.state import Verdict
from rooms import bus, protocol
from rooms import state as live_states
from rooms.commands import moderation, playback
from rooms.commands.moderation import ModerationAction
from rooms.errors import ChatClosed, Muted
from rooms.live.connections import Connection
from rooms.live.hub import Hub
from rooms.live.room import LiveRoom
from rooms.protocol import ErrorCode
from rooms.stores import chat, spent


async def answer(
    hub: Hub, room: LiveRoom, connection: Connection, message: protocol.FromClient
) -> protocol.Model | None:
    """Do what ``message`` asks; return what is said to its sender alone, if anything."""
    match message:
        case protocol.Ping():
            return await _pong(message)
        case protocol.Status():
            return await _status(hub, room, connection, message)
        case protocol.Chat():
            return await _chat(room, connection, message)
        case protocol.Sync():
            return live_states.message(await live_states.current(room.code), id=message.id)
        case _ if isinstance(message, PlaybackCommand):
            return await _playback(room, connection, message)
        case (
            protocol.Transfer()
            | protocol.Cohost()
            | protocol.Kick()
            | protocol.Mute()
            | protocol.Ban()
        ):
            return await _moderation(room, connection, message)
    raise AssertionError(f"no answer to {type(message).__name__}")


def error_answer(error: StreamItError, id: str | None) -> protocol.Error:  # noqa: A002
    """Return the ERROR that tells a member of ``error``."""
    known = {code.value for code in ErrorCode}
    code = ErrorCode(error.code) if error.code in known else _BY_STATUS[error.status]
    return protocol.Error(
        code=code,
        message=_words(error),
        id=id,
        retry_after_s=float(error.retry_after_s) if error.retry_after_s else None,
    )


_BY_STATUS = {
    401: ErrorCode.FORBIDDEN,
    403: ErrorCode.FORBIDDEN,
    404: ErrorCode.NOT_FOUND,
    409: ErrorCode.INVALID,
    413: ErrorCode.INVALID,
    422: ErrorCode.INVALID,
    429: ErrorCode.RATE_LIMITED,
    500: ErrorCode.INTERNAL,
    503: ErrorCode.UNAVAILABLE,
}


def _words(error: StreamItError) -> str:
    if not error.fields:
        return error.message
    return "; ".join(f"{field}: {why}" for field, why in error.fields.items())


def _done(message: protocol.FromClient) -> protocol.Ack | None:
    return protocol.Ack(id=message.id) if message.id else None


async def _pong(message: protocol.Ping) -> protocol.Pong:
    clock = await room_clock()
    received = clock.now_ms()
    return protocol.Pong(t0=message.t0, t1=received, t2=clock.now_ms(), id=message.id)


async def _status(
    hub: Hub, room: LiveRoom, connection: Connection, message: protocol.Status
) -> protocol.Model | None:
    status = replace(
        connection.status,
        buffering=message.buffering,
        drift_ms=message.drift_ms,
        rtt_ms=message.rtt_ms if message.rtt_ms is not None else connection.status.rtt_ms,
    )
    hub.report(room, connection, status)
    if room.state.may_control(connection.person):
        await _learn(room, connection, message)
    return _done(message)


async def _learn(room: LiveRoom, connection: Connection, message: protocol.Status) -> None:
    """Take what only the players of host and co-hosts can know."""
    if room.state.forgotten and message.revision is not None:
        await playback.remember_position(
            room.code,
            message.position,
            seen=message.revision,
            by=connection.person,
        )
    if message.duration is not None and message.duration != room.state.duration:
        await playback.learn_duration(
            room.code,
            message.duration,
            seen=message.revision,
            by=connection.person,
        )


async def _chat(
    room: LiveRoom, connection: Connection, message: protocol.Chat
) -> protocol.Model | None:
    if connection.person in room.snapshot.muted:
        raise Muted
    if not room.snapshot.chat_open and not room.state.may_control(connection.person):
        raise ChatClosed
    said, new = await chat.say(
        room.code,
        member=connection.person,
        name=connection.lease.name,
        text=message.text,
        now_ms=(await room_clock()).now_ms(),
        client_id=message.id,
    )
    if not new:
        return said
    await bus.publish(room.code, "chat")
    return None


async def _playback(
    room: LiveRoom, connection: Connection, message: PlaybackCommand
) -> protocol.Model | None:
    change = await playback.command(
        room.code, message, by=connection.person, lead_ms=room.lead_ms()
    )
    outcome = change.outcome
    match outcome.verdict:
        case Verdict.REPEATED if outcome.answer:
            return live_states.message(outcome.answer, id=message.id)
        case Verdict.UNCHANGED:
            return live_states.message(outcome.state, id=message.id)
        case Verdict.APPLIED if message.id and not change.told:
            # A refresh, or the notice of the next command, came before.
            return live_states.message(outcome.state, id=message.id)
    return None


async def _moderation(
    room: LiveRoom, connection: Connection, message: protocol.ModerationMessage
) -> protocol.Model | None:
    if message.id and await spent.was_done(room.code, connection.person, message.id):
        return _done(message)
    match message:
        case protocol.Transfer():
            await moderation.transfer(room.code, by=connection.person, member=message.member)
        case protocol.Cohost():
            act = ModerationAction.COHOST if message.on else ModerationAction.UNCOHOST
            await moderation.act(room.code, act, by=connection.person, member=message.member)
        case protocol.Mute():
            act = ModerationAction.MUTE if message.on else ModerationAction.UNMUTE
            await moderation.act(room.code, act, by=connection.person, member=message.member)
        case protocol.Kick():
            await moderation.act(
                room.code, ModerationAction.KICK, by=connection.person, member=message.member
            )
        case protocol.Ban():
            await moderation.act(
                room.code, ModerationAction.BAN, by=connection.person, member=message.member
            )
    if message.id:
        await spent.mark_done(room.code, connection.person, message.id)
    metrics.commands.labels(message.type, "applied").inc()
    return _done(message)
