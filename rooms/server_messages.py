"""Every message from the server to a client of the room socket; ``rooms.protocol`` has the rest.

Pure as well: no Django, Channels or Redis.
"""

from typing import Annotated, Literal

from pydantic import Field

from playback.commands import Control, EpochMs, MemberId, MessageId, Model, Wait
from playback.sources.base import Work
from playback.state import State as State
from rooms.protocol import (
    MAX_REACTION_KINDS,
    PROTOCOL_VERSION,
    ErrorCode,
    ItemId,
    QueueAdding,
    QueueOrder,
    Role,
)


def _is_none(value: object) -> bool:
    return value is None


class Member(Model):
    """A person in the room, however many sockets they have."""

    id: MemberId
    name: str
    role: Role
    muted: bool = False
    buffering: bool = False
    drift_ms: float | None = None


class RoomInfo(Model):
    code: str
    name: str
    visibility: Literal["public", "unlisted", "private"]
    entry: Literal["open", "password", "approval"]
    capacity: int
    chat_open: bool
    slow_mode_s: int = Field(
        description="How many seconds a viewer waits between two chat messages; 0 is none."
    )
    status: Literal["CREATED", "LIVE", "GRACE", "EXPIRED", "DELETED"]
    host: MemberId
    control: Control = Field(description="Who may control playback and the queue.")
    wait: Wait
    wait_timeout_s: int
    grace_ends_at: EpochMs | None = None
    starts_at: EpochMs | None = Field(None, description="When people are to meet, if told.")
    succession: bool = Field(
        description="Whether somebody else becomes host when the host stays away."
    )
    kept: bool = Field(description="Whether the room stays when everybody has left.")


class ChatEntry(Model):
    id: str
    member: MemberId
    name: str
    role: Role = Field(description="What the sender was then.")
    text: str
    at: EpochMs


class Waiting(Model):
    """Someone who asked to be let in."""

    id: MemberId
    name: str


class QueueItem(Model):
    """An item of the queue. The capabilities of its player follow from the provider."""

    id: ItemId
    source: Work
    start_s: float | None
    title: str | None
    duration_s: float | None
    added_by: MemberId
    added_by_name: str
    votes: int


class SkippedItem(Model):
    """An item that could not be played when its turn came, and why."""

    id: ItemId
    source: Work
    title: str | None
    why: str


class QueueState(Model):
    """The whole queue, in the order in which it will be played."""

    version: int
    items: list[QueueItem]
    order: QueueOrder
    autoplay: bool = Field(description="At the end of a film the room goes on to the next.")
    adding: QueueAdding
    skipping: bool = Field(description="More than half of those present may skip what plays.")
    skip_votes: int = Field(description="How many present people want to skip what plays.")
    skipped: list[SkippedItem] = Field(description="The last ones, newest last.")


class Welcome(Model):
    type: Literal["WELCOME"] = "WELCOME"
    protocol: int = PROTOCOL_VERSION
    room: RoomInfo
    you: Member
    state: State
    members: list[Member] = Field(
        description="Everyone present; in a big room the host, co-hosts, you and a sample."
    )
    viewer_count: int
    chat: list[ChatEntry]
    waiting: list[Waiting] = Field(
        description="Who waits to be let in; empty unless you may decide."
    )
    queue: QueueState
    resume: str = Field(
        description="Reconnect with `?ticket=` and this, once; no REST call needed."
    )


class PlaybackState(State):
    type: Literal["PLAYBACK_STATE"] = "PLAYBACK_STATE"
    id: MessageId | None = Field(None, exclude_if=_is_none)

    @classmethod
    def of(cls, state: State, *, id: str | None = None) -> "PlaybackState":  # noqa: A002
        """Return the message that tells ``state``; ``id`` is the command it answers.

        If the command moved the film to its end, the message says that it is not playing.
        """
        fields = {**state.effective(state.at).public_fields(), "id": id}
        return _PLAYBACK_STATE.model_copy(update=fields)


# Copying a message takes a third of the time of making one.
_PLAYBACK_STATE = PlaybackState()


class Presence(Model):
    """What has changed since the last one; ``changed`` has members whose entry is new."""

    type: Literal["PRESENCE"] = "PRESENCE"
    joined: list[Member]
    left: list[MemberId]
    changed: list[Member]
    viewer_count: int


class ChatMessage(ChatEntry):
    type: Literal["CHAT"] = "CHAT"
    client_id: MessageId | None = Field(
        None, description="The `id` the sender gave.", exclude_if=_is_none
    )


class ChatDeleted(Model):
    """The message ``id`` is no longer in the chat."""

    type: Literal["CHAT_DELETED"] = "CHAT_DELETED"
    id: str


class Reactions(Model):
    """Reactions since the last message, at most every 250 ms; only the most frequent kinds."""

    type: Literal["REACTIONS"] = "REACTIONS"
    counts: Annotated[dict[str, int], Field(max_length=MAX_REACTION_KINDS)]


class HostDisconnected(Model):
    type: Literal["HOST_DISCONNECTED"] = "HOST_DISCONNECTED"
    grace_ends_at: EpochMs | None = Field(
        description="null: the room waits for them, however long they are away."
    )


class HostReconnected(Model):
    type: Literal["HOST_RECONNECTED"] = "HOST_RECONNECTED"


class HostChanged(Model):
    type: Literal["HOST_CHANGED"] = "HOST_CHANGED"
    host: MemberId


class RoomChanged(Model):
    """A setting of the room has changed: name, entry, capacity, chat and so on."""

    type: Literal["ROOM_CHANGED"] = "ROOM_CHANGED"
    room: RoomInfo


class WaitingChanged(Model):
    """Sent to host and co-hosts when someone asks to be let in, or no longer waits."""

    type: Literal["WAITING"] = "WAITING"
    waiting: list[Waiting]


class QueueChanged(QueueState):
    """The queue after a change; drop one whose version is lower than what you have."""

    type: Literal["QUEUE"] = "QUEUE"


class RoomClosed(Model):
    type: Literal["ROOM_CLOSED"] = "ROOM_CLOSED"
    reason: Literal["deleted", "expired", "kicked", "banned"]


class Pong(Model):
    type: Literal["PONG"] = "PONG"
    t0: float
    t1: EpochMs
    t2: EpochMs
    id: MessageId | None = Field(None, exclude_if=_is_none)


class Ack(Model):
    """Done. The answer to a message with an `id` that has no other answer."""

    type: Literal["ACK"] = "ACK"
    id: MessageId


class Error(Model):
    type: Literal["ERROR"] = "ERROR"
    code: ErrorCode
    message: str
    id: MessageId | None = Field(None, exclude_if=_is_none)
    retry_after_s: float | None = Field(None, exclude_if=_is_none)


ToClient = Annotated[
    Welcome
    | PlaybackState
    | Presence
    | ChatMessage
    | ChatDeleted
    | Reactions
    | HostDisconnected
    | HostReconnected
    | HostChanged
    | RoomChanged
    | WaitingChanged
    | QueueChanged
    | RoomClosed
    | Pong
    | Ack
    | Error,
    Field(discriminator="type"),
]
