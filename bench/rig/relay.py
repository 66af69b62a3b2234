"""A bare relay for comparison: picows, sending every frame to every socket.

Run as ``python -m bench.rig.relay FD``, a listening socket.
"""

import gc
import socket
import sys

import uvloop
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)


class Everyone(WSListener):
    """One socket. What it receives goes to all, including the sender."""

    _all: set[WSTransport] = set()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._all.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._all.discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            payload = frame.get_payload_as_bytes()
            for each in self._all:
                each.send(WSMsgType.TEXT, payload)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()


def _listener(_request: WSUpgradeRequest) -> WSListener:
    return Everyone()


async def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    gc.freeze()
    server = await ws_create_server(_listener, sock=listener, websocket_handshake_timeout=60)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
