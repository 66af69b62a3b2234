"""WELCOME for many people who come at once: what is the same for all is encoded once.

Written in parts, a WELCOME costs a twentieth of encoding its model: a roster of a hundred takes
half a millisecond, and changes only four times a second while people come in. A test compares the
result with the model.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rooms import codec
from rooms.server_messages import ChatMessage, Member, QueueState, RoomInfo, State, Waiting, Welcome
from rooms.stores import chat

_FIELDS = Welcome.model_fields


class WelcomeWriter:
    """Writes the WELCOMEs of one room and keeps the parts that most of them share."""

    def __init__(self) -> None:
        self._members: Mapping[str, Member] = {}
        self._members_text = ""
        self._chat_key: tuple[str, str, int] | None = None
        self._chat_text = ""
        self._queue: QueueState | None = None
        self._queue_text = ""

    def welcome(
        self,
        *,
        room: RoomInfo,
        you: Member,
        state: State,
        members: Mapping[str, Member],
        viewer_count: int,
        messages: Sequence[ChatMessage],
        waiting: Sequence[Waiting],
        queue: QueueState,
        resume: str,
    ) -> str:
        """Return the text of WELCOME; its members always include ``you``.

        ``members`` and ``queue`` must be new objects whenever their content changes.
        """
        you_text = codec.encode(you)
        members_text = self._members_in(members)
        if you.id not in members:
            members_text = f"{members_text},{you_text}" if members else you_text
        parts = {
            "type": _text(_FIELDS["type"].default),
            "protocol": _text(_FIELDS["protocol"].default),
            "room": codec.encode(room),
            "you": you_text,
            "state": codec.encode(state),
            "members": f"[{members_text}]",
            "viewer_count": str(viewer_count),
            "chat": f"[{self._chat_in(messages)}]",
            "waiting": f"[{_joined(waiting)}]",
            "queue": self._queue_in(queue),
            "resume": _text(resume),
        }
        return "{" + ",".join(f'"{name}":{parts[name]}' for name in _FIELDS) + "}"

    def _members_in(self, members: Mapping[str, Member]) -> str:
        if self._members is not members:
            self._members, self._members_text = members, _joined(list(members.values()))
        return self._members_text

    def _chat_in(self, messages: Sequence[ChatMessage]) -> str:
        # The list of the last fifty grows, or loses one in between; this identifies its state.
        key = (messages[0].id, messages[-1].id, len(messages)) if messages else None
        if key != self._chat_key:
            entries = [chat.entry(message) for message in messages]
            self._chat_key, self._chat_text = key, _joined(entries)
        return self._chat_text

    def _queue_in(self, queue: QueueState) -> str:
        if self._queue is not queue:
            self._queue, self._queue_text = queue, codec.encode(queue)
        return self._queue_text


def _joined(models: Sequence[Any]) -> str:
    return ",".join(map(codec.encode, models))


def _text(value: object) -> str:
    return json.dumps(value)
