"""The room socket by plain ASGI, in this process, on real stores."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from accounts.principal import Principal
from core import live as live_state
from core.close_codes import CloseCode
from playback.clock import room_clock
from rooms.commands.moderation import DONE_TO, ModerationAction
from rooms.consumers import RoomConsumer
from rooms.entry import admission
from rooms.live import hub
from rooms.models import MembershipStatus
from rooms.stores import membership_rows
from rooms.tickets import BadTicket
from rooms.upkeep import transitions
from tests.rooms.made import HostedRoom
from tests.support.patience import PATIENCE_S

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


class Socket:
    """One socket that a room answers as it would any server's."""

    def __init__(self, code: str, token: str) -> None:
        scope = {
            "type": "websocket",
            "path": f"/ws/rooms/{code}/",
            "headers": [],
            "query_string": f"ticket={token}".encode(),
            "url_route": {"kwargs": {"code": code}},
        }
        # asgiref ships no types for it.
        self.asgi: Any = cast("Any", ApplicationCommunicator)(RoomConsumer.as_asgi(), scope)

    async def open(self) -> dict[str, Any]:
        """Return the WELCOME."""
        await self.asgi.send_input({"type": "websocket.connect"})
        await self.hears("websocket.accept")
        welcome: dict[str, Any] = json.loads((await self.hears("websocket.send"))["text"])
        return welcome

    async def hears(self, type_: str) -> dict[str, Any]:
        """Return the next event of a type; what comes before it is passed over."""
        async with asyncio.timeout(PATIENCE_S):
            while (event := await self.asgi.receive_output(PATIENCE_S))["type"] != type_:
                pass
        return dict(event)

    async def leave(self) -> None:
        await self.asgi.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.asgi.wait(PATIENCE_S)


@pytest_asyncio.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await hub.stop()
    await live_state.close()


async def put_out(hosted: HostedRoom, person: Principal, *, at_s: float) -> None:
    """Carry out a kick that was dated then."""
    await sync_to_async(membership_rows.change_membership)(
        hosted.code,
        person.user_id,
        of=DONE_TO[ModerationAction.KICK],
        admission=MembershipStatus.KICKED,
        expelled_at=datetime.fromtimestamp(at_s, UTC),
    )
    await transitions.announce_snapshot(hosted.code)


async def test_a_kick_puts_out_who_came_back_while_it_was_written_down() -> None:
    hosted = await HostedRoom.build(entry="approval")
    ben = await hosted.let_in("Ben")
    ticket = await hosted.join(ben)
    assert ticket is not None
    first = Socket(hosted.code, ticket)
    resume = (await first.open())["resume"]
    kicked_at_s = (await room_clock()).now_ms() / 1000
    second = Socket(hosted.code, resume)
    resume = (await second.open())["resume"]
    await put_out(hosted, ben, at_s=kicked_at_s)
    for socket in (first, second):
        assert (await socket.hears("websocket.close"))["code"] == CloseCode.KICKED
        await socket.leave()
    with pytest.raises(BadTicket):
        await admission.open_socket(hosted.code, resume, connection="c3")
