"""The chat of a room, as one process has read it from Redis and sent it to its sockets."""

from collections import deque

from rooms.protocol import CHAT_ON_JOIN
from rooms.server_messages import ChatDeleted, ChatMessage
from rooms.stores import chat


class ChatFeed:
    """The last messages of one room, in the order in which they were sent."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.messages: deque[ChatMessage] = deque(maxlen=CHAT_ON_JOIN)
        self.last_id = "0"

    async def open(self) -> None:
        """Read the messages for the first time."""
        self._keep(await chat.recent(self._code))

    async def news(self) -> list[ChatMessage | ChatDeleted]:
        """Return what has happened since the last call, to be sent now in this order."""
        new = await chat.since(self._code, self.last_id) or await self._after_clock_reset()
        # People who come in meanwhile get what the others have been sent, and the news after it.
        kept = await chat.recent(self._code) if any(event.deleted for event in new) else []
        self._keep(new)
        self._fill_up(kept)
        return [event.message or ChatDeleted(id=str(event.deleted)) for event in new]

    def _keep(self, events: list[chat.Event]) -> None:
        for event in events:
            if event.message:
                self.messages.append(event.message)
            elif any(message.id == event.deleted for message in self.messages):
                left = [message for message in self.messages if message.id != event.deleted]
                self.messages = deque(left, maxlen=CHAT_ON_JOIN)
        if events:
            self.last_id = events[-1].id

    def _fill_up(self, kept: list[chat.Event]) -> None:
        """Add older messages in place of those that were deleted."""
        first = chat.order(self.messages[0].id if self.messages else self.last_id)
        older = [e.message for e in kept if e.message and chat.order(e.message.id) < first]
        self.messages = deque([*older, *self.messages], maxlen=CHAT_ON_JOIN)

    async def _after_clock_reset(self) -> list[chat.Event]:
        """Return new events whose ids are lower than the last one sent.

        That happens if Redis lost the last event and its clock, which makes the ids, was set
        back.
        """
        last_id = (await chat.last_ids([self._code]))[self._code]
        if chat.order(last_id) >= chat.order(self.last_id):
            return []
        kept = [m.id for m in self.messages if chat.order(m.id) <= chat.order(last_id)]
        self.last_id = max(kept, key=chat.order, default="0")
        return await chat.since(self._code, self.last_id)
