"""The same room in plain Channels: every consumer is in the group and receives by itself.

Run as ``python -m bench.rig.plain FD``, a listening socket, with the server's settings.
"""

import os
import socket
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import uvicorn  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402


class PlainRoom(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """One socket. What it receives is sent to the group, and so to everyone."""

    groups = ["everyone"]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.channel_layer.group_send("everyone", {"type": "room.said", "text": text_data})

    async def room_said(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    config = uvicorn.Config(
        PlainRoom.as_asgi(),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
