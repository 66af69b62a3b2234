"""A viewer who is frozen: the connection is open, and nobody is behind it."""

import asyncio
import base64
import os
import socket
from typing import Self
from urllib.parse import urlsplit

from tests.rooms.people import Guest
from tests.support.patience import PATIENCE_S

# As small as the kernel makes it, so that little of what they do not read goes out.
_RECEIVE_BYTES = 2048


class FrozenViewer:
    """One open room socket that reads nothing and answers nothing, not even a ping."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    @classmethod
    async def enter(cls, guest: Guest, code: str) -> Self:
        """Join, open the socket, and never look at it again."""
        joined = await guest.join(code)
        parts = urlsplit(guest.socket_url(code))
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, (parts.hostname, parts.port))
        key = base64.b64encode(os.urandom(16)).decode()
        await loop.sock_sendall(
            connection,
            f"GET {parts.path}?ticket={joined['ticket']} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode(),
        )
        status = await asyncio.wait_for(loop.sock_recv(connection, 12), PATIENCE_S)
        assert status == b"HTTP/1.1 101", status
        return cls(connection)

    async def is_cut(self) -> None:
        """Read on until the server has ended the connection."""
        loop = asyncio.get_running_loop()
        try:
            while await asyncio.wait_for(loop.sock_recv(self._socket, 65536), PATIENCE_S):
                pass
        except ConnectionResetError:
            pass

    def close(self) -> None:
        self._socket.close()
