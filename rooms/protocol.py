"""Every message from a client of the room socket, and what both directions have in common.

Together with ``rooms.server_messages`` this defines the protocol: ``docs/protocol.schema.json`` and
the TypeScript types of the pages are generated from them (``./streamit generate``), and
``rooms.codec`` reads and writes them. ``docs/protocol.md`` explains it for people who write
clients. Pure: no Django, Channels or Redis.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
)

from core.text import tidy_text
from playback.commands import (
    MAX_POSITION_S,
    MemberId,
    PlaybackCommand,
    Position,
)
from playback.commands import (
    ClientMessage as ClientMessage,
)
from playback.commands import (
    Model as Model,
)
from playback.sources.base import GivenSource

PROTOCOL_VERSION = 2
MAX_FRAME_BYTES = 4096
# A frame above this is not parsed: even if all of it is escaped, the message is too long.
MAX_FRAME_CHARACTERS = 6 * MAX_FRAME_BYTES
MAX_CHAT_CHARACTERS = 500
MAX_NESTING = 8
# A family of four with skin tones takes a dozen; the flag of a region takes seven.
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
# Redis reads each part as a 64-bit number.
ChatId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,19}-[0-9]{1,19}$")]
Revision = Annotated[int, Field(ge=0, le=2**53)]
Millis = Annotated[float, Field(ge=-1e9, le=1e9)]


class Chat(ClientMessage):
    type: Literal["CHAT"] = "CHAT"
    # People paste tabs, line ends and lone surrogates without knowing; these do not count.
    text: Annotated[
        str,
        StringConstraints(max_length=MAX_CHAT_CHARACTERS),
        BeforeValidator(lambda text: tidy_text(text) if isinstance(text, str) else text),
    ]


class DeleteChat(ClientMessage):
    """Delete a message: your own, or anybody's as host or co-host."""

    type: Literal["DELETE_CHAT"] = "DELETE_CHAT"
    message: ChatId


class React(ClientMessage):
    """An emoji over the picture. Each one counts, so do not repeat it."""

    type: Literal["REACT"] = "REACT"
    emoji: Emoji


class Ping(ClientMessage):
    type: Literal["PING"] = "PING"
    t0: float = Field(description="The client's own clock in milliseconds; echoed.")


class Status(ClientMessage):
    """What the sender's player shows. protocol.md says whose ``duration`` counts.

    ``revision`` is that of the state the player follows, so that the length of the last film
    is not taken for the length of this one.
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
    """Add a source before item ``before``, or at the end.

    ``before`` is ignored if votes order the queue, and for members who may only add.
    """

    type: Literal["QUEUE_ADD"] = "QUEUE_ADD"
    source: Annotated[GivenSource, Field(strict=False)]
    start_s: Position | None = None
    before: ItemId | None = None


class QueueRemove(ClientMessage):
    type: Literal["QUEUE_REMOVE"] = "QUEUE_REMOVE"
    item: ItemId


class QueueMove(ClientMessage):
    """Move an item before another, or to the end."""

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
    """Change the settings of the queue; fields that are not given stay."""

    type: Literal["QUEUE_SET"] = "QUEUE_SET"
    order: Annotated[QueueOrder, Field(strict=False)] | None = None
    autoplay: bool | None = None
    adding: Annotated[QueueAdding, Field(strict=False)] | None = None
    skipping: bool | None = None


class SkipVote(ClientMessage):
    """Vote to skip the film, or take the vote back.

    With ``revision`` it has no effect if another source was chosen since that one.
    """

    type: Literal["SKIP_VOTE"] = "SKIP_VOTE"
    on: bool = True
    revision: Revision | None = None


class Failed(ClientMessage):
    """The provider's player cannot play the source of ``revision``, in any browser.

    If more than half of those present say so about an item of the queue, the room goes on.
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
