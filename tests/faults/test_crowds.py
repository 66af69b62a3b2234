"""A crowd loses its server at once and comes back, as pages do."""

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from accounts.principal import UNBOUND
from rooms import tickets
from tests.faults.rig import FILM, come_back, hears_revision
from tests.rooms.people import Message, People
from tests.support.servers import Server, Servers

CROWD = 500
# Of a busy machine; ``bench`` holds the five seconds of a quiet one.
BACK_WITHIN_S = 60.0
ENV = {"STREAMIT_RATE_LIMITS": "off"}


@dataclass
class Viewer:
    """One of the crowd: they know their token and the last WELCOME."""

    token: str
    welcome: Message
    socket: ClientConnection

    @classmethod
    async def enter(cls, server: Server, code: str, token: str) -> "Viewer":
        url = f"{server.ws_url}/ws/rooms/{code}/?ticket={token}"
        socket = await connect(url, open_timeout=None, ping_interval=None, max_queue=None)
        welcome = json.loads(await socket.recv())
        return cls(token, welcome, socket)

    @classmethod
    async def insist(cls, server: Server, code: str, user_id: str, token: str) -> "Viewer":
        """Try with the page's own backoff (web/src/net/reconnect.ts) until they are in."""
        attempt = 0
        while True:
            await asyncio.sleep(random.random() * min(8.0, 0.3 * 2**attempt))
            attempt += 1
            try:
                return await cls.enter(server, code, token)
            except ConnectionClosed as closed:
                # Let in and then put off (4503), the token is spent: they join once more.
                if closed.rcvd is not None and closed.rcvd.code == 4401:
                    token = a_ticket(code, user_id)
            except (OSError, InvalidHandshake, EOFError):
                continue

    @classmethod
    async def arrive(cls, server: Server, code: str) -> "Viewer":
        user_id = str(uuid.uuid4())
        return await cls.insist(server, code, user_id, a_ticket(code, user_id))

    async def come_back(self, server: Server, code: str) -> "Viewer":
        """Be in again, by the token of the connection that broke."""
        await self.socket.wait_closed()
        return await self.insist(server, code, self.welcome["you"]["id"], self.welcome["resume"])

    async def is_refused(self, server: Server, code: str) -> bool:
        """Try once more the token by which they came."""
        try:
            await Viewer.enter(server, code, self.token)
        except ConnectionClosed as closed:
            return closed.rcvd is not None and closed.rcvd.code == 4401
        return False


def a_ticket(code: str, user_id: str) -> str:
    """Return what REST gives a new guest: 500 of them would sign in for half a minute."""
    return tickets.issue(
        code=code,
        user_id=user_id,
        name="Viewer",
        grant=UNBOUND,
        now_s=time.time(),
        ttl=tickets.TICKET_TTL,
    )


async def test_a_crowd_comes_back_at_once_and_each_token_counts_once(
    servers: Servers, people: People
) -> None:
    first = servers.start(env=ENV)
    ana = await people.arrive(first, "Ana")
    code = await ana.create_room(url=FILM, capacity=CROWD + 1)
    host = await ana.enter(code)
    crowd = await asyncio.gather(*(Viewer.arrive(first, code) for _ in range(CROWD)))
    told = await host.ask("PLAY", position=100, id="play")
    first.kill()
    again = servers.launch(port=first.port, env=ENV)
    coming = [asyncio.create_task(viewer.come_back(again, code)) for viewer in crowd]
    back = await asyncio.wait_for(asyncio.gather(*coming), BACK_WITHIN_S)
    for viewer in back:
        state = viewer.welcome["state"]
        assert (state["revision"], state["playing"]) == (told["revision"], True)
    host = await come_back(people, host, again)
    # The one who never heard the answer asks again; it has no second effect.
    assert (await host.ask("PLAY", position=100, id="play"))["revision"] == told["revision"]
    moved = await host.ask("SEEK", position=7)
    await hears_revision(host, moved["revision"])
    for viewer in back:
        while json.loads(await viewer.socket.recv()).get("revision") != moved["revision"]:
            pass
    for viewer in random.sample(back, 10):
        assert await viewer.is_refused(again, code)
    await asyncio.gather(*(viewer.socket.close() for viewer in back))
