"""Rooms over REST at a real server: what each kind of person may see and do."""

import uuid
from typing import Any

import pytest

from tests.rooms.conftest import Pair
from tests.rooms.people import People
from tests.support.clips import tiny_clip

LINK = "https://youtu.be/dQw4w9WgXcQ"


async def test_a_new_room_is_described_in_full(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    reply = await ana.http.post("/rooms", json={"name": "  Film night ", "url": LINK})
    room = reply.json()
    code, created_at = room.pop("code"), room.pop("created_at")
    assert (reply.status_code, len(code)) == (201, 10)
    assert created_at
    assert room.pop("source")["provider"] == "youtube"
    assert room == {
        "name": "Film night",
        "visibility": "unlisted",
        "entry": "open",
        "capacity": 100,
        "chat_open": True,
        "slow_mode_s": 0,
        "succession": True,
        "control": "host",
        "wait": "off",
        "wait_timeout_s": 10,
        "kept": False,
        "starts_at": None,
        "status": "CREATED",
        "host": {"id": ana.id, "name": "Ana"},
        "source_title": None,
        "playing": False,
        "viewer_count": 0,
        "people": None,
        "you": {"role": "host"},
    }


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"visibility": "secret"}, "visibility"),
        ({"entry": "password"}, "password"),
        ({"entry": "password", "password": "x" * 129}, "password"),
        ({"visibility": "private", "entry": "open"}, "entry"),
        ({"capacity": 1}, "capacity"),
        ({"capacity": 1001}, "capacity"),
        ({"slow_mode_s": -1}, "slow_mode_s"),
        ({"slow_mode_s": 3601}, "slow_mode_s"),
        ({"zest": 1}, "zest"),
        ({"url": "https://example.org/page"}, "url"),
        ({"source": {"provider": "youtube"}}, "source"),
    ],
)
async def test_a_wrong_fact_is_named(
    pair: Pair, people: People, facts: dict[str, Any], field: str
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    reply = await ana.http.post("/rooms", json={"name": "Film night", **facts})
    assert reply.status_code == 422
    assert any(name.startswith(field) for name in reply.json()["error"]["fields"]), reply.text


async def test_a_private_room_is_by_approval_unless_it_says_otherwise(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(visibility="private")
    assert (await ana.read(f"/rooms/{code}"))["entry"] == "approval"
    answer = await ana.refusal("PATCH", f"/rooms/{code}", json={"entry": "open"})
    assert answer == (422, "invalid")


async def test_joining_needs_no_body(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room()
    requests: list[dict[str, Any]] = [{}, {"json": {}}, {"json": {"password": None}}]
    for request in requests:
        reply = await ana.http.post(f"/rooms/{code}/join", **request)
        assert reply.status_code == 200, reply.text
        assert reply.json()["ws_url"] == f"{pair.first.ws_url}/ws/rooms/{code}/"
    assert (await ana.refusal("POST", f"/rooms/{code}/join", content="{"))[0] in (400, 422)
    answer = await ana.refusal("POST", f"/rooms/{code}/join", json={"pasword": "x"})
    assert answer == (422, "invalid")


async def test_a_private_room_shows_nothing_to_who_is_not_in_it(pair: Pair, people: People) -> None:
    ana, ben = [await people.arrive(pair.first, name) for name in ("Ana", "Ben")]
    code = await ana.create_room(visibility="private", url=LINK)
    await ana.enter(code)
    assert (await ben.join(code))["status"] == "pending"
    bearer = ben.http.headers.pop("Authorization")
    for signed_in in (False, True):
        if signed_in:
            ben.http.headers["Authorization"] = bearer
        room = await ben.read(f"/rooms/{code}")
        told = {name: value for name, value in room.items() if value is not None}
        assert told == {
            "code": code,
            "visibility": "private",
            "entry": "approval",
            "status": "LIVE",
            "you": {"role": None},
        }
    for method, path, body in [
        ("GET", "playback", None),
        ("GET", "members", None),
        ("PUT", "source", {"url": LINK}),
        ("POST", "transfer", {"user_id": ben.id}),
        ("POST", f"members/{ben.id}/approve", None),
        ("POST", f"members/{ana.id}/kick", None),
        ("POST", "waiting", {"members": [str(ben.id)]}),
        ("DELETE", "waiting", {"members": [str(ben.id)]}),
    ]:
        answer = await ben.refusal(method, f"/rooms/{code}/{path}", json=body)
        assert answer == (403, "members_only")
    for method in ("PATCH", "DELETE"):
        answer = await ben.refusal(method, f"/rooms/{code}", json={"name": "x"})
        assert answer == (404, "no_such_room")
    codes = [room["code"] for room in (await ben.read("/rooms?limit=100"))["rooms"]]
    assert code not in codes


async def test_what_everyone_in_a_room_may_do_needs_somebody_who_is_in_it(
    pair: Pair, people: People
) -> None:
    ana, ben, cem, dua = [
        await people.arrive(pair.first, name) for name in ("Ana", "Ben", "Cem", "Dua")
    ]
    code = await ana.create_room(control="everyone", url=LINK)
    path = f"/rooms/{code}"
    host = await ana.enter(code)
    await host.ask("QUEUE_SET", adding="everyone", skipping=True)
    added = await ana.http.post(f"{path}/queue", json={"url": LINK})
    item = f"queue/{added.json()['items'][0]['id']}"
    # Cem has never come in, and Ben has left again.
    await cem.join(code)
    visit = await ben.enter(code)
    await host.sees(2)
    await visit.leave()
    await host.hears(lambda m: m["type"] == "PRESENCE" and ben.id in m["left"])
    before = await host.ask("SYNC")
    for person in (ben, cem):
        for method, below, body in [
            ("PUT", "source", {"url": LINK}),
            ("PUT", "subtitle", {"track": None}),
            ("PATCH", "queue", {"autoplay": False}),
            ("DELETE", "queue", None),
            ("DELETE", item, None),
            ("POST", f"{item}/move", {}),
            ("PUT", f"{item}/vote", None),
            ("DELETE", f"{item}/vote", None),
            ("POST", "next", None),
            ("PUT", "skip-vote", None),
            ("DELETE", "skip-vote", None),
            ("POST", "reactions", {"emoji": "👏"}),
        ]:
            answer = await person.refusal(method, f"{path}/{below}", json=body)
            assert answer == (403, "not_present"), below
        assert (await person.http.get(f"{path}/queue")).status_code == 200
    # But whoever has just left may still add what they have found meanwhile.
    added = await ben.http.post(f"{path}/queue", json={"url": LINK})
    assert (added.status_code, len(added.json()["items"])) == (201, 2)
    assert await cem.refusal("POST", f"{path}/queue", json={"url": LINK}) == (403, "not_present")
    now = await host.ask("SYNC")
    assert {**now, "id": before["id"]} == before
    # Who is in it may, by REST too, and a co-host from anywhere.
    await ben.enter(code)
    assert (await ben.http.put(f"{path}/{item}/vote")).status_code == 204
    await dua.join(code)
    assert (await host.ask("COHOST", member=dua.id))["type"] == "ACK"
    assert (await dua.http.post(f"{path}/next")).status_code == 204
    assert (await host.ask("KICK", member=ben.id))["type"] == "ACK"
    await host.hears(lambda m: m["type"] == "PRESENCE" and ben.id in m["left"])
    refused = await ben.refusal("POST", f"{path}/queue", json={"url": LINK})
    assert refused == (403, "members_only")


async def test_only_controllers_see_who_waits_and_who_is_banned(pair: Pair, people: People) -> None:
    ana, ben, cem, dua = [
        await people.arrive(pair.first, name) for name in ("Ana", "Ben", "Cem", "Dua")
    ]
    code = await ana.create_room(entry="approval")
    for guest in (ben, cem):
        await guest.join(code)
        await ana.act(code, "approve", guest)
    await ana.act(code, "cohost", ben)
    await dua.join(code)
    await ana.enter(code)
    for guest in (ana, ben, cem):
        members = await guest.read(f"/rooms/{code}/members")
        waiting = [] if guest is cem else [{"id": dua.id, "name": "Dua"}]
        assert members["waiting"] == waiting
        assert [(m["name"], m["role"], m["online"]) for m in members["members"]] == [
            ("Ana", "host", True),
            ("Ben", "cohost", False),
            ("Cem", "viewer", False),
        ]


async def test_members_are_found_by_a_part_of_their_name(pair: Pair, people: People) -> None:
    ana, ben, bea = [await people.arrive(pair.first, name) for name in ("Ana", "Ben Öz", "Bea ÖZ")]
    code = await ana.create_room()
    await ana.enter(code)
    await ben.enter(code)
    await bea.join(code)

    async def found(query: str) -> list[str]:
        members = (await ana.read(f"/rooms/{code}/members?{query}"))["members"]
        return [member["name"] for member in members]

    assert await found("q=öz") == ["Ben Öz", "Bea ÖZ"]
    assert await found("q=öz&online=true") == ["Ben Öz"]
    assert await found("q=oz") == ["Ben Öz", "Bea ÖZ"]
    assert await found("q=oz+ben") == ["Ben Öz"]
    assert await found("limit=1") == ["Ana"]
    assert await found("q=nobody") == []


async def test_the_public_list_is_paged_and_counts_from_redis(pair: Pair, people: People) -> None:
    ana, ben = [await people.arrive(pair.first, name) for name in ("Ana", "Ben")]
    codes = [await ana.create_room(visibility="public", name=f"R{n}") for n in range(3)]
    for code in codes:
        await ana.enter(code)
    await people.move(ben, pair.second).enter(codes[0])
    everything = await ben.read("/rooms?limit=100")
    listed = [room for room in everything["rooms"] if room["code"] in codes]
    assert [(room["name"], room["viewer_count"]) for room in listed] == [
        ("R2", 1),
        ("R1", 1),
        ("R0", 2),
    ]
    first = await ben.read("/rooms?limit=1&offset=1")
    assert first["total"] == everything["total"]
    assert first["rooms"] == everything["rooms"][1:2]
    for query in ("limit=0", "limit=101", "offset=-1", "limit=x"):
        assert (await ben.refusal("GET", f"/rooms?{query}"))[0] == 422


async def test_a_room_not_yet_entered_is_not_listed(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(visibility="public")
    listed = (await ana.read("/rooms?limit=100"))["rooms"]
    assert code not in [room["code"] for room in listed]


async def test_a_library_video_plays_for_members_of_its_room_alone(
    pair: Pair, people: People
) -> None:
    ana, ben, cem = [await people.arrive(pair.first, name) for name in ("Ana", "Ben", "Cem")]
    video = await ana.upload()
    code = await ana.create_room(url=f"{pair.first.url}/videos/{video}")
    await ben.join(code)
    playback = await ben.read(f"/rooms/{code}/playback")
    playable = playback["playable"]
    assert (playable["kind"], playable["mime_type"]) == ("file", "video/mp4")
    assert playback["state"]["playing"] is False
    path = playable["url"].removeprefix("/api/v1")
    del ben.http.headers["Authorization"]
    assert (await ben.http.get(path)).status_code == 200
    other = path.replace(video, str(uuid.uuid4()))
    assert (await ben.http.get(other)).status_code == 401
    for bad in (path[:-2], path.partition("?")[0]):
        assert (await ben.http.get(bad)).status_code == 401
    assert (await cem.http.get(f"/videos/{video}/stream")).status_code == 404
    assert await cem.refusal("GET", f"/rooms/{code}/playback") == (403, "members_only")


async def test_nobody_puts_on_another_persons_video(pair: Pair, people: People) -> None:
    ana, ben = [await people.arrive(pair.first, name) for name in ("Ana", "Ben")]
    video = await ana.upload()
    url = f"{pair.first.url}/videos/{video}"
    status, _ = await ben.refusal("POST", "/rooms", json={"name": "x", "url": url})
    assert status == 404
    code = await ben.create_room()
    host = await ben.enter(code)
    source = (await ana.http.post("/playback/resolve", json={"url": url})).json()
    answer = await host.ask("SOURCE", source=source)
    assert (answer["type"], answer["code"]) == ("ERROR", "not_found")
    assert (await ben.refusal("PUT", f"/rooms/{code}/source", json={"url": url}))[0] == 404
    room = await ben.read(f"/rooms/{code}")
    assert room["source"]["provider"] == "youtube"


async def test_a_room_may_play_nothing_again(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room(url=LINK)
    host = await ana.enter(code)
    reply = await ana.http.put(f"/rooms/{code}/source", json={"source": None})
    assert reply.json()["source"] is None
    assert (await host.hears("PLAYBACK_STATE"))["source"] is None
    assert (await ana.read(f"/rooms/{code}/playback"))["playable"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("members/not-a-uuid/kick", 404),
        ("members/{stranger}/kick", 404),
        ("members/{stranger}/approve", 404),
        ("members/{stranger}/dance", 404),
        ("members/{me}/kick", 409),
        ("members/{me}/mute", 409),
        ("members/{me}/ban", 409),
        ("members/{me}/cohost", 204),
    ],
)
async def test_acts_that_cannot_be_done_say_why(
    pair: Pair, people: People, path: str, status: int
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    code = await ana.create_room()
    path = path.format(stranger=uuid.uuid4(), me=ana.id)
    reply = await ana.http.post(f"/rooms/{code}/{path}")
    assert reply.status_code == status, reply.text


async def test_a_member_of_one_room_is_nobody_in_another(pair: Pair, people: People) -> None:
    ana, ben, cem = [await people.arrive(pair.first, name) for name in ("Ana", "Ben", "Cem")]
    here, there = await ana.create_room(), await cem.create_room()
    await ben.join(here)
    for method, path, body in [
        ("GET", "members", None),
        ("POST", f"members/{cem.id}/kick", None),
        ("POST", "transfer", {"user_id": ben.id}),
    ]:
        for guest in (ana, ben):
            answer = await guest.refusal(method, f"/rooms/{there}/{path}", json=body)
            assert answer == (403, "members_only")
    await cem.act(there, "ban", ben, expect=404)
    assert (await ana.refusal("PATCH", f"/rooms/{there}", json={"name": "x"}))[0] == 403


async def test_a_film_that_browsers_cannot_play_yet_is_told_with_its_reason(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    film = {"file": ("film.mp4", tiny_clip("mpeg4"), "video/mp4")}
    video = (await ana.http.post("/videos", files=film)).json()["id"]
    code = await ana.create_room(url=f"{pair.first.url}/videos/{video}")
    playback = await ana.read(f"/rooms/{code}/playback")
    assert playback["playable"] is None
    assert playback["problem"] == {
        "code": "not_ready",
        "message": "This video is not ready to be played yet.",
    }
    other = await ana.create_room(url=f"{pair.first.url}/videos/{await ana.upload()}")
    assert (await ana.read(f"/rooms/{other}/playback"))["problem"] is None
