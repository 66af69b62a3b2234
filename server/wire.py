"""The interface by which applications write pre-built frames to WebSocket connections.

An application finds the connection as ``scope["extensions"][WIRE]``. While nothing waits in its
transport, a frame may be written directly to the socket.
"""

import os
from collections.abc import Iterable
from typing import Protocol

from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

WIRE = "streamit.wire"


class Frame:
    """A message, encoded once for all sockets it goes to.

    ``wire`` is the complete, unmasked WebSocket text frame (RFC 6455 section 5.2). In a send queue
    a ``newest_only`` frame replaces an older one, and is sent before everything else: chat must
    not delay playback. A frame with a ``kind`` also replaces an older one of that kind, but is sent
    in its turn.
    """

    __slots__ = ("kind", "newest_only", "text", "wire")

    def __init__(self, text: str, *, newest_only: bool = False, kind: str = "") -> None:
        self.text = text
        self.kind = kind
        self.newest_only = newest_only
        self.wire = WebSocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


class FastPath(Protocol):
    """The transport of a socket, which a room may bypass while its buffer is empty.

    Then ``descriptor`` is that of the socket, otherwise -1. ``write`` writes to the transport.
    """

    descriptor: int

    def write(self, data: bytes) -> None: ...


class NoFastPath:
    """For a server that does not expose its transport."""

    descriptor = -1

    def write(self, data: bytes) -> None:
        """Never called."""
        raise NotImplementedError


class Wire(Protocol):
    """What consumers may do with the transport of our uvicorn protocol."""

    @property
    def fast_path(self) -> FastPath: ...

    def offer(self, frame: bytes, *, most_bytes: int) -> bool: ...
    def close(self, code: int, reason: str) -> None: ...


def write_past(paths: Iterable[FastPath], frame: Frame) -> list[FastPath]:
    """Write ``frame`` to every socket whose fast path is open; return the others.

    This runs for every message to every viewer, so it is as short as possible. Writing directly to
    the operating system costs half of writing to the transport. Bytes that the system does not
    take go into the transport.
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
            # The socket is full or broken; the transport finds out which.
            written = 0
        if written < size:
            path.write(data[written:])
    return others
