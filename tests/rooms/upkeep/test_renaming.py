"""Rooms when somebody takes another name, or leaves for good."""

from tests.rooms.conftest import Pair
from tests.rooms.people import People


async def test_a_new_name_is_seen_in_open_rooms_at_once_and_outlives_old_tickets(
    pair: Pair, people: People
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.second, "Ben")
    code = await ana.create_room()
    watching = await ana.enter(code)
    room_socket = await ben.enter(code)
    resume = room_socket.welcome["resume"]
    await watching.sees(2)
    answer = await ben.http.patch("/auth/me", json={"display_name": "Benno"})
    assert answer.status_code == 200
    await watching.hears(
        lambda m: m["type"] == "PRESENCE" and "Benno" in [each["name"] for each in m["changed"]]
    )
    await room_socket.say("CHAT", text="It is me")
    assert (await watching.hears("CHAT"))["name"] == "Benno"
    await room_socket.leave()
    await watching.hears(lambda m: m["type"] == "PRESENCE" and ben.id in m["left"])
    again = await ben.open(code, resume)
    assert {each["name"] for each in again.welcome["members"]} == {"Ana", "Benno"}
    await again.say("CHAT", text="Still me")
    said = await watching.hears(lambda m: m["type"] == "CHAT" and m["text"] == "Still me")
    assert said["name"] == "Benno"


async def test_nobody_looks_like_a_cohost_who_took_another_name_and_is_away(
    pair: Pair, people: People
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    twin = await people.arrive(pair.second, "Zoe")
    code = await ana.create_room()
    hosting, helping = await ana.enter(code), await ben.enter(code)
    await hosting.sees(2)
    await hosting.ask("COHOST", member=ben.id, on=True)
    assert (await ben.http.patch("/auth/me", json={"display_name": "Zoe"})).status_code == 200
    await helping.leave()
    await hosting.hears(lambda m: m["type"] == "PRESENCE" and ben.id in m["left"])
    assert (await twin.enter(code)).welcome["you"]["name"] != "Zoe"


async def test_who_leaves_takes_their_rooms_and_videos_along(pair: Pair, people: People) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.second, "Ben")
    video = await ana.upload()
    room, others = await ana.create_room(), await ben.create_room()
    room_socket, visit = await ben.enter(room), await ana.enter(others)
    assert (await ana.http.post("/auth/delete-account", json={})).status_code == 204
    assert await visit.close_code() == 4401
    assert await room_socket.close_code() == 4410
    assert (await ben.http.get(f"/rooms/{room}")).status_code == 404
    assert (await ben.http.get(f"/rooms/{others}")).status_code == 200
    assert (await ben.http.get(f"/videos/{video}")).status_code == 404
