"""The chat of a room, as one process last read it from Redis and told it to its sockets."""

from collections import deque

from rooms.protocol import CHAT_ON_JOIN, ChatMessage
from rooms.stores import chat


class ChatFeed:
    """The last messages of one room, in the order in which they were told."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.messages: deque[ChatMessage] = deque(maxlen=CHAT_ON_JOIN)
        self.last_id = "0"

    async def open(self) -> None:
        """Read them for the first time."""
        self._keep(await chat.recent(self._code))

    async def news(self) -> list[ChatMessage]:
        """Return the messages since the last one, to be told now in this order."""
        new = await chat.since(self._code, self.last_id) or await self._again()
        self._keep(new)
        return new

    def _keep(self, messages: list[ChatMessage]) -> None:
        self.messages.extend(messages)
        if messages:
            self.last_id = messages[-1].id

    async def _again(self) -> list[ChatMessage]:
        """Return new messages whose ids are lower than the last one told.

        That happens when Redis lost that message and its clock, which makes the ids, was set
        back.
        """
        last_id = (await chat.last_ids([self._code]))[self._code]
        if chat.order(last_id) >= chat.order(self.last_id):
            return []
        kept = [m.id for m in self.messages if chat.order(m.id) <= chat.order(last_id)]
        self.last_id = max(kept, key=chat.order, default="0")
        return await chat.since(self._code, self.last_id)
