"""Browsers and a real server for benches that use Chromium."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Playwright

from launch import valkey
from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.theatre import Person
from tests.rooms.people import Guest, RoomSocket
from tests.support import packages, warm
from tests.support.servers import Server, Servers, copy_template, migrate_template


async def launch(playwright: Playwright) -> Browser:
    """Start a separate Chromium process."""
    path = packages.find("chromium-headless-shell")
    return await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)


async def sit_beside(
    stack: AsyncExitStack, person: Person, server: Server, code: str
) -> RoomSocket:
    """Open a second socket for ``person``, straight to the server instead of from the page."""
    guest = Guest.with_token(server.url, "Ana", person.id, person.token)
    stack.push_async_callback(guest.http.aclose)
    room_socket = await guest.enter(code)
    stack.push_async_callback(room_socket.leave)
    return room_socket


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Server]:
    """Run a real server with its own Valkey and database."""
    async with servers_in(folder) as servers:
        yield servers.start(env={"STREAMIT_SECRET_KEY": secrets.token_urlsafe(32)})


@asynccontextmanager
async def servers_in(folder: Path) -> AsyncIterator[Servers]:
    """Yield an object that starts servers and workers with their own Valkey and database."""
    process = valkey.start(folder / "valkey")
    template = folder / "template"
    template.mkdir()
    data = copy_template(migrate_template(template), folder / "data")
    servers = Servers(
        data,
        f"unix://{folder / 'valkey' / 'valkey.sock'}",
        starter=warm.start_anew,
    )
    try:
        yield servers
    finally:
        servers.stop_all()
        process.terminate()
        process.wait()
