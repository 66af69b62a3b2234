"""What a WebSocket server shows of its connections: frames written once, for many sockets.

An application finds the connection as ``scope["extensions"][WIRE]`` and writes pre-built
frames to it. While nothing waits in a transport, a frame may go straight to its socket.
"""

import os
from collections.abc import Iterable
from typing import Protocol

from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

WIRE = "streamit.wire"


class Frame:
    """One message, encoded once for every socket it goes to.

    ``wire`` is the complete, unmasked WebSocket text frame (RFC 6455 section 5.2). A
    ``newest_only`` frame replaces an older one of its kind that still waits, and goes
    before whatever else waits: chat must not delay playback. One with a ``kind`` replaces an
    older one of that kind as well, but waits its turn.
    """

    __slots__ = ("kind", "newest_only", "text", "wire")

    def __init__(self, text: str, *, newest_only: bool = False, kind: str = "") -> None:
        self.text = text
        self.kind = kind
        self.newest_only = newest_only
        self.wire = WebSocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


class FastPath(Protocol):
    """The transport of one socket, past which a room may write while nothing is in it.

    ``descriptor`` is the socket's then, and else -1; ``write`` puts bytes into the transport.
    """

    descriptor: int

    def write(self, data: bytes) -> None: ...


class NoFastPath:
    """Of a server that does not show its transport."""

    descriptor = -1

    def write(self, data: bytes) -> None:
        """Never called."""
        raise NotImplementedError


class Wire(Protocol):
    """What our uvicorn protocol lets a consumer do with its transport."""

    @property
    def fast_path(self) -> FastPath: ...

    def offer(self, frame: bytes, *, most_bytes: int) -> bool: ...
    def close(self, code: int, reason: str) -> None: ...


def write_past(paths: Iterable[FastPath], frame: Frame) -> list[FastPath]:
    """Write ``frame`` to every socket before which nothing waits; return the others.

    Once for every message to every viewer, so each step less is a viewer more. It goes
    straight to the operating system: that costs half of what a transport's bookkeeping does.
    What the system does not take goes into the transport.
    """
    data, size, write = frame.wire, len(frame.wire), os.write
    others = []
    for path in paths:
        descriptor = path.descriptor
        if descriptor < 0:
            others.append(path)
            continue
        try:
            written = write(descriptor, data)
        except OSError:
            # Full or broken; the transport finds out which.
            written = 0
        if written < size:
            path.write(data[written:])
    return others
