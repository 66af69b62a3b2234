"""What happens to rooms and videos is written down for whoever wants to hear of it."""

from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, People

EVENTS = ["video.playable", "video.ready", "room.started", "room.ended"]


async def events_of(ana: Guest, webhook: str) -> list[str]:
    found = await ana.read(f"/webhooks/{webhook}/deliveries")
    return [each["event"] for each in reversed(found["deliveries"])]


async def test_a_room_that_starts_and_ends_and_a_video_are_told(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    facts = {"email": f"{ana.id}@example.org", "password": "a long enough secret"}
    made = await ana.http.post("/auth/register", json={**facts, "display_name": "Ana"})
    ana.http.cookies.clear()
    ana.http.headers["Authorization"] = f"Bearer {made.json()['access_token']}"
    # A name that leads nowhere: what is sent stays on the list.
    body = {"url": "https://hooks.invalid/", "events": EVENTS}
    webhook = (await ana.http.post("/webhooks", json=body)).json()["id"]
    code = await ana.create_room()
    assert await events_of(ana, webhook) == []
    room_socket = await ana.enter(code)
    assert await events_of(ana, webhook) == ["room.started"]
    await room_socket.leave()
    again = await ana.enter(code)
    await ana.http.delete(f"/rooms/{code}")
    assert await again.close_code() == 4410
    await ana.upload()
    assert await events_of(ana, webhook) == ["room.started", "room.ended", *EVENTS[:2]]
