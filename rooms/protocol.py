"""Every message, error and close code of the room socket: the one truth of the protocol.

``docs/protocol.schema.json`` and the page's TypeScript types are generated from here
(``./streamit generate``); ``rooms.codec`` reads and writes them. ``docs/protocol.md`` explains
it to a stranger. Pure: it knows no Django, Channels or Redis.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    Field,
    StringConstraints,
)

from playback.commands import (
    MAX_POSITION_S,
    Control,
    EpochMs,
    MemberId,
    MessageId,
    PlaybackCommand,
    Position,
    Wait,
)
from playback.commands import (
    ClientMessage as ClientMessage,
)
from playback.commands import (
    Model as Model,
)
from playback.sources.base import GivenSource, Work
from playback.state import State as State

PROTOCOL_VERSION = 2
MAX_FRAME_BYTES = 4096
# Of which none is read any further: everything in it escaped, it still says too much.
MAX_FRAME_CHARACTERS = 6 * MAX_FRAME_BYTES
MAX_CHAT_CHARACTERS = 500
MAX_NESTING = 8
# A family of four with skin tones takes a dozen; a flag of a region seven.
MAX_EMOJI_CHARACTERS = 32
MAX_REACTION_KINDS = 12
CHAT_ON_JOIN = 50
ROSTER_LIMIT = 100
QUEUE_LIMIT = 200


class ErrorCode(StrEnum):
    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    MUTED = "muted"
    CHAT_CLOSED = "chat_closed"
    DUPLICATE = "duplicate"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class Role(StrEnum):
    HOST = "host"
    COHOST = "cohost"
    VIEWER = "viewer"


class QueueOrder(StrEnum):
    MANUAL = "manual"
    VOTES = "votes"


class QueueAdding(StrEnum):
    """Who may add to the queue."""

    CONTROLLERS = "controllers"
    EVERYONE = "everyone"


ItemId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Emoji = Annotated[str, StringConstraints(min_length=1, max_length=MAX_EMOJI_CHARACTERS)]
# Redis reads each part as a number of 64 bits.
ChatId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}-[0-9]{1,19}$")]
Revision = Annotated[int, Field(ge=0, le=2**53)]
Millis = Annotated[float, Field(ge=-1e9, le=1e9)]


# --- client to server -----------------------------------------------------------------


class Chat(ClientMessage):
    type: Literal["CHAT"] = "CHAT"
    text: Annotated[str, StringConstraints(max_length=MAX_CHAT_CHARACTERS)]


class DeleteChat(ClientMessage):
    """Take a message out of the chat: one's own, or as host or co-host anybody's."""

    type: Literal["DELETE_CHAT"] = "DELETE_CHAT"
    message: ChatId


class React(ClientMessage):
    """One emoji over the picture. Sent again it counts again, so do not repeat it."""

    type: Literal["REACT"] = "REACT"
    emoji: Emoji


class Ping(ClientMessage):
    type: Literal["PING"] = "PING"
    t0: float = Field(description="The client's own clock in milliseconds; echoed.")


class Status(ClientMessage):
    """What the sender sees. ``duration`` counts from the host, from others as protocol.md says.

    ``revision`` is that of the state the sender plays by, so that the length of the last
    film is not taken for the length of this one.
    """

    type: Literal["STATUS"] = "STATUS"
    position: Position
    buffering: bool
    drift_ms: Millis
    rtt_ms: Annotated[float, Field(ge=0, le=60_000)] | None = None
    duration: Annotated[float, Field(gt=0, le=MAX_POSITION_S)] | None = None
    revision: Revision | None = None
    ready: bool | None = Field(
        None, description="Whether the picture of `revision` is shown, or ready to be."
    )


class Sync(ClientMessage):
    type: Literal["SYNC"] = "SYNC"


class Transfer(ClientMessage):
    type: Literal["TRANSFER"] = "TRANSFER"
    member: MemberId


class Cohost(ClientMessage):
    type: Literal["COHOST"] = "COHOST"
    member: MemberId
    on: bool = True


class Kick(ClientMessage):
    type: Literal["KICK"] = "KICK"
    member: MemberId


class Mute(ClientMessage):
    type: Literal["MUTE"] = "MUTE"
    member: MemberId
    on: bool = True


class Ban(ClientMessage):
    type: Literal["BAN"] = "BAN"
    member: MemberId


class WaitForMe(ClientMessage):
    type: Literal["WAIT_FOR_ME"] = "WAIT_FOR_ME"
    on: bool


class Next(ClientMessage):
    """Go on to the next item of the queue, or to ``item``.

    With ``revision`` it has no effect if another source was chosen since that one.
    """

    type: Literal["NEXT"] = "NEXT"
    item: ItemId | None = None
    revision: Revision | None = None


class QueueAdd(ClientMessage):
    """Put a source before item ``before``, or at the end.

    ``before`` is left aside when votes order the queue, and of members who may only add.
    """

    type: Literal["QUEUE_ADD"] = "QUEUE_ADD"
    source: Annotated[GivenSource, Field(strict=False)]
    start_s: Position | None = None
    before: ItemId | None = None


class QueueRemove(ClientMessage):
    type: Literal["QUEUE_REMOVE"] = "QUEUE_REMOVE"
    item: ItemId


class QueueMove(ClientMessage):
    """Put an item before another, or at the end."""

    type: Literal["QUEUE_MOVE"] = "QUEUE_MOVE"
    item: ItemId
    before: ItemId | None = None


class QueueClear(ClientMessage):
    type: Literal["QUEUE_CLEAR"] = "QUEUE_CLEAR"


class QueueVote(ClientMessage):
    type: Literal["QUEUE_VOTE"] = "QUEUE_VOTE"
    item: ItemId
    on: bool = True


class QueueSet(ClientMessage):
    """Change how the queue works; what is not given stays."""

    type: Literal["QUEUE_SET"] = "QUEUE_SET"
    order: Annotated[QueueOrder, Field(strict=False)] | None = None
    autoplay: bool | None = None
    adding: Annotated[QueueAdding, Field(strict=False)] | None = None
    skipping: bool | None = None


class SkipVote(ClientMessage):
    """Want what plays to be skipped, or no longer.

    With ``revision`` it has no effect if another source was chosen since that one.
    """

    type: Literal["SKIP_VOTE"] = "SKIP_VOTE"
    on: bool = True
    revision: Revision | None = None


class Failed(ClientMessage):
    """The provider's player cannot play the source of ``revision``, in any browser.

    When more than half of those present say so of an item of the queue, the room goes on.
    """

    type: Literal["FAILED"] = "FAILED"
    revision: Revision
    why: Literal["embed_refused", "missing", "unplayable"]


QueueMessage = (
    QueueAdd
    | QueueRemove
    | QueueMove
    | QueueClear
    | QueueVote
    | QueueSet
    | SkipVote
    | Next
    | Failed
)
PlayerMessage = Ping | Status | Sync | WaitForMe
ModerationMessage = Transfer | Cohost | Kick | Mute | Ban
FromClient = Annotated[
    PlaybackCommand | PlayerMessage | Chat | DeleteChat | React | ModerationMessage | QueueMessage,
    Field(discriminator="type"),
]


# --- server to client -----------------------------------------------------------------


def _is_none(value: object) -> bool:
    return value is None


class Member(Model):
    """One person in the room, however many sockets they have."""

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
    """What is played later. What its player can do follows from the provider."""

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


class Presence(Model):
    """What changed since the last one; ``changed`` holds members whose entry is new."""

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
    """What people pressed since the last one, at most every 250 ms; the most pressed kinds."""

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
    """The room's own facts changed: name, entry, capacity, chat."""

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
    """Done: the answer to a message with an `id` that has no other answer."""

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
