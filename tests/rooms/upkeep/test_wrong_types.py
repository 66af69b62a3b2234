"""Keys of ours that are of another type in Redis, as somebody who shares it may make them."""

import redis

from tests.rooms.people import Guest, People, Refused, RoomSocket
from tests.support.servers import Servers
from tests.support.waiting import eventually

ROOM = ("live", "presence", "leases", "status", "snapshot", "chat", "queue")
ALL = ("rooms:deadlines", "rooms:occupied", "clock", "recheck")
TOLD = "what Redis holds is of a wrong type"


async def test_keys_of_another_type_are_told_of_once_and_made_again(
    servers: Servers, people: People
) -> None:
    server = servers.start(env={"STREAMIT_RATE_LIMITS": "off"})
    ana, ben = await people.arrive(server, "Ana"), await people.arrive(server, "Ben")
    code = await ana.create_room(entry="open")
    cleo = await people.arrive(server, "Cleo")
    host, viewer = await ana.enter(code), await ben.enter(code)
    client = redis.Redis.from_url(servers.redis_url, decode_responses=True)
    keys = [*(f"room:{{{code}}}:{each}" for each in ROOM), *ALL]

    def spoil(key: str) -> None:
        # At once: the server makes some of them again.
        pipeline = client.pipeline()
        pipeline.delete(key)
        pipeline.rpush(key, "spoilt")
        pipeline.execute()

    def told_of() -> list[str]:
        told = [line for line in server.log.read_text().splitlines() if TOLD in line]
        return [next(key for key in keys if f"key={key} " in f"{line} ") for line in told]

    for key in keys:
        spoil(key)

        async def is_well(key: str = key) -> bool:
            is_gone = client.type(key) != "list"
            is_working = await works(code, host, viewer, cleo)
            if is_gone and key not in told_of():
                # It went, untold, with all of somebody's presence when the key before was mended.
                spoil(key)
                return False
            return is_working and is_gone

        await eventually(is_well)
    assert told_of() == keys
    # Nobody is counted twice, or stays when they have gone.
    heard = len(host.heard)
    await viewer.leave()
    await host.hears(lambda m: m["type"] == "PRESENCE" and m["viewer_count"] == 1, after=heard)


async def works(code: str, host: RoomSocket, viewer: RoomSocket, comer: Guest) -> bool:
    """Try everything that has a key of its own; tell whether nothing failed."""
    answers = [
        # What somebody has just said is not said again.
        await host.ask("CHAT", text=f"Hello {len(host.heard)}"),
        await host.ask("PLAY"),
        await host.ask("QUEUE_SET", skipping=True, autoplay=False),
        await host.ask("MUTE", member=viewer.guest.id, on=False),
    ]
    status = {"position": 1, "buffering": False, "drift_ms": 1, "rtt_ms": 1, "ready": True}
    await viewer.say("STATUS", **status, revision=1, duration=600)
    joined = await comer.http.post(f"/rooms/{code}/join", json={})
    if joined.status_code == 200:
        try:
            entered = await comer.open(code, joined.json()["ticket"])
        except Refused:
            return False
        await entered.leave()
    return joined.status_code == 200 and all(each["type"] != "ERROR" for each in answers)
