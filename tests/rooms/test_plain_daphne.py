"""Daphne started by hand, which knows no lifespan events, serves a whole evening."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.library.site import TINY_MP4
from tests.rooms.people import Guest, People
from tests.support.ports import free_port
from tests.support.servers import ROOT, Servers, is_healthy
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.engines, pytest.mark.programs]


@pytest.fixture
def url(servers: Servers) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "daphne", "--port", str(port), "config.asgi:application"]
    with subprocess.Popen(command, cwd=ROOT, env=servers.environment({})) as daphne:
        try:
            wait_until(lambda: daphne.poll() is not None or is_healthy(port), "it does not answer")
            yield f"http://127.0.0.1:{port}"
        finally:
            daphne.terminate()


async def test_a_room_its_film_and_its_end_work(url: str, people: People) -> None:
    people.guests.append(ann := await Guest.arrive(url, "Ann"))
    video = await ann.upload()
    part = await ann.http.get(f"/videos/{video}/stream", headers={"Range": "bytes=0-99"})
    assert (part.status_code, part.content) == (206, TINY_MP4[:100])
    room = await ann.enter(await ann.create_room())
    assert (await room.ask("SEEK", position=7))["position"] == 7

    assert (await ann.http.post("/auth/logout")).status_code == 204

    assert await room.close_code() == 4401
