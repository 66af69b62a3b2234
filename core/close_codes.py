"""Close codes of WebSockets, and after which of them clients reconnect."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Why a socket was closed. ``RECONNECTS`` says which of them a client should retry."""

    MALFORMED = 4400
    NOT_AUTHENTICATED = 4401
    FORBIDDEN = 4403
    NO_SUCH_ROOM = 4404
    TOO_SLOW = 4408
    KICKED = 4409
    ROOM_OVER = 4410
    TOO_LARGE = 4413
    FLOODING = 4429
    UNAVAILABLE = 4503
    RESTARTING = 1012


# 4401 means that the ticket or resume token was used: join again over REST, then connect.
RECONNECTS = frozenset(
    {CloseCode.NOT_AUTHENTICATED, CloseCode.TOO_SLOW, CloseCode.UNAVAILABLE, CloseCode.RESTARTING}
)
