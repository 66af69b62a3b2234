"""Chat and reactions over REST, for clients without a socket."""

from ninja import Router, Schema, Status

from accounts.authentication import SignedInRequest, required
from core.http import Body, errors
from core.limits import spend
from rooms import state as live_states
from rooms.commands import chat as commands
from rooms.commands import reactions
from rooms.commands.changes import CHANGES
from rooms.entry import admission
from rooms.protocol import CHAT_ON_JOIN, ChatId, Emoji
from rooms.schemas import Code
from rooms.server_messages import ChatEntry
from rooms.stores import chat

router = Router(tags=["rooms"])


class ChatOut(Schema):
    messages: list[ChatEntry]


class ReactionIn(Body):
    emoji: Emoji


@router.get("/{code}/chat", auth=required, response={200: ChatOut, **errors(401, 403, 404, 409)})
async def read_chat(request: SignedInRequest, code: Code) -> ChatOut:
    """Return the last messages, oldest first. For members."""
    await admission.refuse_strangers(code, request.auth)
    said = [event.message for event in await chat.recent(code) if event.message]
    return ChatOut(messages=[chat.entry(message) for message in said[-CHAT_ON_JOIN:]])


@router.delete(
    "/{code}/chat/{message}",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 422, 429)},
)
async def delete_message(request: SignedInRequest, code: Code, message: ChatId) -> Status[None]:
    """Delete a message for everybody. For host, co-hosts and its author."""
    by = str(request.auth.user_id)
    await spend(CHANGES, by)
    await admission.refuse_strangers(code, request.auth)
    may_moderate = (await live_states.current(code)).may_moderate(by)
    await commands.remove(code, message, by=by, may_moderate=may_moderate)
    return Status(204, None)


@router.post(
    "/{code}/reactions",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def react(request: SignedInRequest, code: Code, body: ReactionIn) -> Status[None]:
    """Show an emoji to everyone for a moment. For members who are not muted."""
    await admission.refuse_absent(code, request.auth)
    await reactions.react(code, body.emoji, by=str(request.auth.user_id))
    return Status(204, None)
