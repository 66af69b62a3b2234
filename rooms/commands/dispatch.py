"""Passes a member's decoded message to its handler, and errors back as ERROR."""

from core.errors import StreamItError
from rooms import protocol, server_messages
from rooms.commands import chat, moderation, playback, player, queue, reactions
from rooms.commands.sender import Handlers, Sender
from rooms.protocol import ErrorCode

HANDLERS: Handlers = {
    **playback.HANDLERS,
    **moderation.HANDLERS,
    **chat.HANDLERS,
    **player.HANDLERS,
    **queue.HANDLERS,
    **reactions.HANDLERS,
}


async def answer(sender: Sender, message: protocol.ClientMessage) -> protocol.Model | None:
    """Carry out ``message``; return what only its sender is sent, if anything."""
    return await HANDLERS[type(message)](sender, message)


def error_answer(error: StreamItError, id: str | None) -> server_messages.Error:  # noqa: A002
    """Return ``error`` as an ERROR message."""
    return server_messages.Error(
        code=ErrorCode(error.socket_code),
        message=_words(error),
        id=id,
        retry_after_s=float(error.retry_after_s) if error.retry_after_s else None,
    )


def _words(error: StreamItError) -> str:
    if not error.fields:
        return error.message
    return "; ".join(f"{field}: {why}" for field, why in error.fields.items())
