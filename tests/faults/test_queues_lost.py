"""What is left of a queue after a power cut: with Valkey's file all of it, without what waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.rig import Valkey
from tests.rooms.people import Guest, Message, People
from tests.support.servers import Server, Servers, copy_template
from tests.support.waiting import eventually

LINKS = ("dQw4w9WgXcQ", "aqz-KE-bpKQ", "jNQXAC9IVRw")


@dataclass(frozen=True, slots=True)
class House:
    """A server and a Valkey of its own; a test ends both."""

    servers: Servers
    valkey: Valkey

    def end(self, server: Server) -> None:
        """End both as a power cut does."""
        server.kill()
        self.valkey.kill()

    def start(self) -> Server:
        self.valkey.start()
        return self.servers.start()

    def kept(self) -> list[str]:
        rows = self.servers.query("SELECT external_id FROM rooms_queuedwork ORDER BY number")
        return [str(external_id) for (external_id,) in rows]


@pytest.fixture
def house(migrated_template: Path, tmp_path: Path) -> Iterator[House]:
    data = copy_template(migrated_template, tmp_path / "data")
    valkey = Valkey(data / "valkey")
    servers = Servers(data, valkey.url)
    yield House(servers, valkey)
    servers.stop_all()
    valkey.end()


async def a_queue(ana: Guest) -> tuple[str, Message]:
    """A room whose last item is wanted first; return its code and its queue."""
    code = await ana.create_room()
    path = f"/rooms/{code}/queue"
    for link in LINKS:
        body = {"url": f"https://youtu.be/{link}?t=30"}
        assert (await ana.http.post(path, json=body)).status_code == 201
    last = (await ana.read(path))["items"][-1]["id"]
    assert (await ana.http.put(f"{path}/{last}/vote")).status_code == 204
    settings = {"order": "votes", "autoplay": False, "skipping": True}
    assert (await ana.http.patch(path, json=settings)).status_code == 200
    return code, await ana.read(path)


def works(queue: Message) -> list[tuple[str, str, str]]:
    return [
        (item["id"], item["source"]["external_id"], item["added_by_name"])
        for item in queue["items"]
    ]


async def test_a_queue_is_whole_again_after_a_power_cut(house: House, people: People) -> None:
    server = house.servers.start()
    ana = await people.arrive(server, "Ana")
    code, before = await a_queue(ana)
    house.end(server)
    ana = people.move(ana, house.start())
    assert await ana.read(f"/rooms/{code}/queue") == before


async def test_the_queue_of_an_empty_room_outlives_a_valkey_that_has_lost_its_file(
    house: House, people: People
) -> None:
    server = house.servers.start()
    ana = await people.arrive(server, "Ana")
    code, before = await a_queue(ana)
    order = [external_id for _, external_id, _ in works(before)]

    async def is_kept() -> bool:
        return house.kept() == order

    await eventually(is_kept)
    rows = house.servers.query("SELECT * FROM rooms_queuedwork")
    assert not [value for row in rows for value in row if "://" in str(value)]
    house.end(server)
    house.valkey.empty()
    ana = people.move(ana, house.start())
    again = await ana.read(f"/rooms/{code}/queue")
    assert works(again) == works(before)
    assert again["version"] > before["version"]
    # And it is played.
    host = await ana.enter(code)
    assert (await host.ask("NEXT"))["source"]["external_id"] == order[0]
