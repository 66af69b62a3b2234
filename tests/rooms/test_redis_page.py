"""docs/redis.md against the keys that a party leaves in a real Valkey, seen from outside."""

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from rooms.upkeep import wrong_types
from tests.rooms.people import Guest, People, RoomSocket
from tests.support.servers import Servers
from tests.support.waiting import eventually

PAGE = Path(__file__).parents[2] / "docs" / "redis.md"
UNITS_S = {"s": 1, "minute": 60, "minutes": 60, "min": 60, "h": 3600, "day": 86400, "days": 86400}
# What no party of one moment has: a jump of Redis' clock, silence of 30 s, and changes that are
# pending no longer than until both stores agree.
RARE = {"clock", "room:{code}:queue:votes:silent REVISION", "rooms:pending_changes"}


@dataclass(frozen=True, slots=True)
class Row:
    """One key of the page."""

    key: str
    type: str
    ttl: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What its keys look like; a word in capitals and a name in braces stand for anything."""
        text = re.sub(r"\\\{\w+\\\}", lambda _: r"\{[^}]+\}", re.escape(self.key))
        return re.compile(re.sub(r"\b[A-Z]{2,}\b", "[^ ]+", text))

    @property
    def ttl_s(self) -> int | None:
        """The longest time that it says, if it says one."""
        found = re.match(r"(\d+) (\w+)", self.ttl)
        return int(found[1]) * UNITS_S[found[2]] if found else None


def rows() -> list[Row]:
    found = []
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `"):
            key, type_, _, ttl, _ = line.strip("| ").split(" | ")
            found.append(Row(key.strip("`"), type_.partition(",")[0], ttl))
    return found


ROWS = [row for row in rows() if not row.type.startswith("channel")]
TYPES = {"sorted set": "zset"}


class Keys:
    """What is in a Valkey, by the rows of the page."""

    def __init__(self, url: str) -> None:
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.seen: set[str] = set()

    def look(self) -> None:
        """Fail at a key that the page does not name, or names otherwise."""
        for key in self.redis.scan_iter():
            type_, ttl_s = self.redis.type(key), self.redis.ttl(key)
            if type_ == "none":
                continue  # It has just gone.
            # The first row that fits: ITEM would be a "skip 7", too.
            row = min((r for r in ROWS if r.pattern.fullmatch(key)), key=specific, default=None)
            assert row, f"docs/redis.md does not name {key}"
            assert type_ == TYPES.get(row.type, row.type), key
            assert (ttl_s == -1) == row.ttl.startswith("none"), (key, ttl_s)
            if row.ttl_s is not None:
                assert row.ttl_s - 120 <= ttl_s <= row.ttl_s, (key, ttl_s)
            self.seen.add(row.key)

    async def all_seen(self) -> bool:
        self.look()
        return not self.missing()

    def missing(self) -> set[str]:
        return {row.key for row in ROWS} - self.seen - RARE


def specific(row: Row) -> int:
    return len(re.findall("[A-Z]{2,}", row.key))


async def a_party(ana: Guest, ben: Guest, cleo: Guest) -> RoomSocket:
    """Everything that leaves something in Redis, at once; return the host's socket."""
    code = await ana.create_room(entry="open")
    host, viewer, other = [await guest.enter(code) for guest in (ana, ben, cleo)]
    reply = await ben.http.patch("/auth/me", json={"display_name": "Benno"})
    assert reply.status_code == 200, reply.text
    await said(host, "CHAT", text="Hello")
    await said(host, "QUEUE_SET", skipping=True, autoplay=False)
    for video in ("aqz-KE-bpKQ", "eRsGyueVLvQ"):
        source = {"provider": "youtube", "media_type": "movie", "external_id": video}
        await said(host, "QUEUE_ADD", source=source)
    # What the queue has put on can fail, by which it is known who says anything.
    revision = (await said(host, "NEXT"))["revision"]
    queue = (await ana.read(f"/rooms/{code}/queue"))["items"]
    await said(viewer, "QUEUE_VOTE", item=queue[-1]["id"], on=True)
    await said(viewer, "SKIP_VOTE", on=True)
    await said(viewer, "FAILED", revision=revision, why="unplayable")
    status = {"position": 1, "buffering": False, "drift_ms": 1, "rtt_ms": 1}
    await said(viewer, "STATUS", **status, revision=revision, ready=True, duration=600)
    await said(host, "MUTE", member=cleo.id, on=True)
    await other.leave()
    return host


async def said(room_socket: RoomSocket, type_: str, **fields: Any) -> dict[str, Any]:
    answer = await room_socket.ask(type_, **fields)
    assert answer["type"] != "ERROR", answer
    return answer


async def test_a_party_leaves_the_keys_of_the_page_and_no_others(
    servers: Servers, people: People
) -> None:
    server = servers.start()
    keys = Keys(servers.redis_url)
    guests = [await people.arrive(server, name) for name in ("Ana", "Ben", "Cleo")]
    await a_party(*guests)
    keys.look()
    private = await guests[0].create_room(entry="approval")
    await guests[1].join(private)
    assert (await guests[2].http.post("/auth/logout")).status_code in (200, 204)
    with contextlib.suppress(AssertionError):
        await eventually(keys.all_seen)
    assert keys.missing() == set()


async def test_the_channels_of_the_page_are_the_ones_that_are_listened_to(
    servers: Servers, people: People
) -> None:
    server = servers.start()
    ana = await people.arrive(server, "Ana")
    await ana.enter(await ana.create_room())
    names = [row.key.rstrip("…") for row in rows() if row.type.startswith("channel")]
    client = redis.Redis.from_url(servers.redis_url, decode_responses=True)
    found = [str(each) for each in client.pubsub_channels()]
    assert [each for each in found if not each.startswith(tuple(names))] == []
    assert any(each.startswith("layer") for each in found)


def test_every_key_of_the_page_is_known_by_its_type_to_who_deletes_those_of_another() -> None:
    sample = {"ITEM": "a1", "MEMBER": "b2", "ID": "c3", "REVISION": "7", "NAME": "guest"}
    sample["SUBJECT"] = "203.0.113.7"
    for row in ROWS:
        key = re.sub(r"[A-Z]{2,}", lambda word: sample[word[0]], row.key)
        assert wrong_types.type_of(key.replace("{code}", "{abc}")) == TYPES.get(row.type, row.type)
    assert wrong_types.type_of("celery") is None
