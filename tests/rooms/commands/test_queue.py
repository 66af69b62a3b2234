"""The queue over real sockets at two servers: who may do what, and how the room goes on."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, Message, People, RoomSocket
from tests.support.waiting import eventually

FILMS: list[dict[str, Any]] = [
    {"provider": "youtube", "media_type": "movie", "external_id": external_id}
    for external_id in ("dQw4w9WgXcQ", "aqz-KE-bpKQ", "jNQXAC9IVRw", "M7lc1UVf-VE")
]


async def a_show(pair: Pair, people: People) -> tuple[str, Guest, Guest, RoomSocket, RoomSocket]:
    """A room with Ana as host at one server and Ben as viewer at the other."""
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.second, "Ben")
    code = await ana.create_room()
    host, viewer = await ana.enter(code), await ben.enter(code)
    await host.sees(2)
    return code, ana, ben, host, viewer


def ids(queue: Message) -> list[str]:
    return [item["source"]["external_id"] for item in queue["items"]]


def films(*numbers: int) -> list[str]:
    return [FILMS[number]["external_id"] for number in numbers]


async def fill(room_socket: RoomSocket, *numbers: int) -> None:
    for number in numbers:
        assert (await room_socket.ask("QUEUE_ADD", source=FILMS[number]))["type"] == "ACK"


async def queue_of(room_socket: RoomSocket, *wanted: int) -> Message:
    """Wait until the newest queue that was told has these films; return it."""

    def newest() -> Message:
        told = room_socket.of("QUEUE")
        return told[-1] if told else room_socket.welcome["queue"]

    await room_socket.until(lambda: ids(newest()) == films(*wanted))
    return newest()


async def short_film(host: RoomSocket, duration_s: float) -> None:
    """Have the room know how long its present film is."""
    sync = await host.ask("SYNC")
    status = {"position": 0, "buffering": False, "drift_ms": 0, "revision": sync["revision"]}
    await host.ask("STATUS", **status, duration=duration_s)


async def test_what_is_added_is_told_to_all_and_in_the_welcome(pair: Pair, people: People) -> None:
    code, _, ben, host, viewer = await a_show(pair, people)
    assert host.welcome["queue"]["items"] == []
    await fill(host, 0, 1)
    told = await queue_of(viewer, 0, 1)
    assert told["items"][0]["added_by_name"] == "Ana"
    welcome = (await ben.enter(code)).welcome["queue"]
    assert {**welcome, "type": "QUEUE"} == told
    read = await ben.read(f"/rooms/{code}/queue")
    assert {**read, "type": "QUEUE"} == told


async def test_an_item_sent_again_with_its_id_is_added_once(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    for _ in range(2):
        assert (await host.ask("QUEUE_ADD", source=FILMS[0], id="same"))["type"] == "ACK"
    await fill(host, 1)
    await queue_of(viewer, 0, 1)


async def test_viewers_add_only_when_the_host_lets_everyone(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    refused = await viewer.ask("QUEUE_ADD", source=FILMS[0])
    assert (refused["type"], refused["code"]) == ("ERROR", "forbidden")
    assert (await viewer.ask("QUEUE_SET", adding="everyone"))["code"] == "forbidden"
    assert (await host.ask("QUEUE_SET", adding="everyone"))["type"] == "ACK"
    await viewer.hears(lambda m: m.get("adding") == "everyone")
    await fill(viewer, 0)
    await fill(host, 1)
    queue = await queue_of(viewer, 0, 1)
    of_host = queue["items"][1]["id"]
    assert (await viewer.ask("QUEUE_REMOVE", item=of_host))["code"] == "forbidden"
    assert (await viewer.ask("QUEUE_MOVE", item=of_host))["code"] == "forbidden"
    assert (await viewer.ask("QUEUE_CLEAR"))["code"] == "forbidden"
    assert (await viewer.ask("QUEUE_REMOVE", item=queue["items"][0]["id"]))["type"] == "ACK"
    await queue_of(host, 1)


async def test_items_are_moved_and_removed_at_either_server(pair: Pair, people: People) -> None:
    _, _, ben, host, viewer = await a_show(pair, people)
    await host.ask("COHOST", member=ben.id)
    await fill(host, 0, 1, 2)
    first, _, third = [item["id"] for item in (await queue_of(viewer, 0, 1, 2))["items"]]
    assert (await viewer.ask("QUEUE_MOVE", item=third, before=first))["type"] == "ACK"
    await queue_of(host, 2, 0, 1)
    assert (await host.ask("QUEUE_MOVE", item=third))["type"] == "ACK"
    await queue_of(viewer, 0, 1, 2)
    assert (await viewer.ask("QUEUE_REMOVE", item=first))["type"] == "ACK"
    await queue_of(host, 1, 2)
    assert (await host.ask("QUEUE_CLEAR"))["type"] == "ACK"
    await queue_of(viewer)


async def test_votes_order_the_queue_when_the_host_says_so(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    await fill(host, 0, 1, 2)
    third = (await queue_of(viewer, 0, 1, 2))["items"][2]["id"]
    assert (await host.ask("QUEUE_SET", order="votes"))["type"] == "ACK"
    for _ in range(2):
        assert (await viewer.ask("QUEUE_VOTE", item=third))["type"] == "ACK"
    queue = await queue_of(host, 2, 0, 1)
    assert [item["votes"] for item in queue["items"]] == [1, 0, 0]
    assert (await host.ask("QUEUE_MOVE", item=third))["code"] == "invalid"
    assert (await viewer.ask("QUEUE_VOTE", item=third, on=False))["type"] == "ACK"
    await host.until(lambda: host.of("QUEUE")[-1]["items"][0]["votes"] == 0)
    assert (await viewer.ask("QUEUE_VOTE", item="gone"))["code"] == "not_found"


async def test_next_plays_the_first_item_for_the_host_and_is_ignored_from_a_viewer(
    pair: Pair, people: People
) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    await fill(host, 0, 1)
    heard = len(viewer.heard)
    await viewer.say("NEXT", id="mine")
    await viewer.in_step()
    assert not [m for m in viewer.heard[heard:] if m.get("id") == "mine"]
    told = await host.ask("NEXT", id="a")
    assert (told["type"], told["playing"], told["position"]) == ("PLAYBACK_STATE", True, 0)
    assert told["source"]["external_id"] == films(0)[0]
    await queue_of(viewer, 1)
    # Sent again it answers the same and goes on no further.
    assert await host.ask("NEXT", id="a") == told
    # Nor does one by which somebody was quicker.
    assert (await host.ask("NEXT", revision=told["revision"] - 1))["source"] == told["source"]
    await queue_of(viewer, 1)


async def test_at_the_end_of_a_film_the_room_goes_on_once_with_two_servers(
    pair: Pair, people: People
) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    await fill(host, 0, 1)
    await queue_of(viewer, 0, 1)
    await short_film(host, 0.2)
    started = await host.ask("PLAY", position=0)
    gone_on = await viewer.hears(
        lambda m: m["type"] == "PLAYBACK_STATE" and m["source"]["external_id"] == films(0)[0]
    )
    assert gone_on["revision"] == started["revision"] + 1
    assert (gone_on["playing"], gone_on["position"], gone_on["by"]) == (True, 0, None)
    await queue_of(viewer, 1)
    over_ms = started["at"] + 200
    # Told within a second, and it starts a little later, so that players can load.
    assert over_ms <= gone_on["at"] - 2000 <= over_ms + 1000
    assert (await viewer.ask("SYNC"))["revision"] == gone_on["revision"]


async def test_a_film_whose_length_no_controller_tells_ends_when_most_viewers_agree_on_it(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    # Until then nobody else becomes host.
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    code = await ana.create_room(starts_at=later)
    host = await ana.enter(code)
    viewer, third, fourth = [
        await (await people.arrive(pair.second, name)).enter(code) for name in ("Ben", "Cem", "Dua")
    ]
    await host.sees(4)
    await fill(host, 0)
    state = await host.ask("PLAY", position=57)
    await host.leave()
    await viewer.sees(3)
    status = {"position": 60, "buffering": False, "drift_ms": 0, "revision": state["revision"]}
    # One viewer ends nobody's film, however often they say so, nor do two who disagree.
    for _ in range(2):
        await viewer.ask("STATUS", **status, duration=1)
    await third.ask("STATUS", **status, duration=60.4)
    assert (await viewer.ask("SYNC"))["duration"] is None
    await fourth.ask("STATUS", **status, duration=60.2)
    known = await viewer.hears(lambda m: m["type"] == "PLAYBACK_STATE" and m["duration"])
    assert known["duration"] in (60.2, 60.4)
    await viewer.hears(
        lambda m: m["type"] == "PLAYBACK_STATE" and m["source"]["external_id"] == films(0)[0]
    )
    await queue_of(viewer)


async def test_a_film_whose_length_nobody_tells_stays_until_somebody_asks_for_the_next(
    pair: Pair, people: People
) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    await fill(host, 0)
    state = await host.ask("PLAY", position=24 * 3600 - 1)
    await viewer.ask("STATUS", position=9, buffering=False, drift_ms=0, revision=state["revision"])
    assert (await viewer.ask("SYNC"))["playing"] is True
    assert (await host.ask("NEXT"))["source"]["external_id"] == films(0)[0]


async def test_without_autoplay_the_room_stays_at_the_end(pair: Pair, people: People) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    await fill(host, 0)
    assert (await host.ask("QUEUE_SET", autoplay=False))["type"] == "ACK"
    await short_film(host, 0.1)
    await host.ask("PLAY", position=0)
    await viewer.until(lambda: bool(viewer.of("PLAYBACK_STATE")))

    async def is_over() -> bool:
        return not (await viewer.ask("SYNC"))["playing"]

    await eventually(is_over)
    await queue_of(viewer, 0)
    # It goes on as soon as it may.
    assert (await host.ask("QUEUE_SET", autoplay=True))["type"] == "ACK"
    await queue_of(viewer)


async def test_more_than_half_of_those_present_skip_a_film_if_the_host_lets_them(
    pair: Pair, people: People
) -> None:
    code, _, _, host, viewer = await a_show(pair, people)
    cem = await (await people.arrive(pair.second, "Cem")).enter(code)
    await host.sees(3)
    await fill(host, 0)
    assert (await viewer.ask("SKIP_VOTE"))["code"] == "forbidden"
    await host.ask("QUEUE_SET", skipping=True)
    for _ in range(2):
        assert (await viewer.ask("SKIP_VOTE"))["type"] == "ACK"
    await host.hears(lambda m: m["type"] == "QUEUE" and m["skip_votes"] == 1)
    assert ids(host.of("QUEUE")[-1]) == films(0)
    assert (await cem.ask("SKIP_VOTE"))["type"] == "ACK"
    queue = await queue_of(host)
    assert queue["skip_votes"] == 0
    assert (await cem.ask("SYNC"))["source"]["external_id"] == films(0)[0]


async def test_who_leaves_no_longer_counts_for_or_against_skipping_a_film(
    pair: Pair, people: People
) -> None:
    code, _, _, host, viewer = await a_show(pair, people)
    others = [await (await people.arrive(pair.second, name)).enter(code) for name in ("Cem", "Dua")]
    await host.sees(4)
    await fill(host, 0)
    await host.ask("QUEUE_SET", skipping=True)
    for room_socket in (viewer, others[0]):
        assert (await room_socket.ask("SKIP_VOTE"))["type"] == "ACK"
    await host.hears(lambda m: m["type"] == "QUEUE" and m["skip_votes"] == 2)
    heard = len(host.heard)
    await others[0].leave()
    await host.hears(lambda m: m["type"] == "QUEUE" and m["skip_votes"] == 1, after=heard)
    await others[1].leave()
    await host.sees(2)
    assert (await host.ask("SYNC"))["source"]["external_id"] != films(0)[0]
    await host.leave()
    gone_on = await viewer.hears(lambda m: m["type"] == "PLAYBACK_STATE")
    assert (gone_on["source"]["external_id"], gone_on["by"]) == (films(0)[0], None)


async def test_votes_of_many_at_once_are_all_counted(pair: Pair, people: People) -> None:
    code, ana, ben, host, _ = await a_show(pair, people)
    await fill(host, 0)
    others = [await people.arrive(pair.second, f"Viewer {number}") for number in range(6)]
    for guest in others:
        await guest.enter(code)
    item = (await ana.read(f"/rooms/{code}/queue"))["items"][0]["id"]
    votes = [guest.http.put(f"/rooms/{code}/queue/{item}/vote") for guest in (ana, ben, *others)]
    assert {reply.status_code for reply in await asyncio.gather(*votes)} == {204}
    assert (await ana.read(f"/rooms/{code}/queue"))["items"][0]["votes"] == 8


async def test_a_video_that_its_owner_deletes_leaves_the_queue_and_everyone_is_told_why(
    pair: Pair, people: People
) -> None:
    _, ana, _, host, viewer = await a_show(pair, people)
    video = await ana.upload()
    mine = {"provider": "library", "media_type": "movie", "external_id": video}
    assert (await viewer.ask("QUEUE_ADD", source=mine))["code"] in ("forbidden", "not_found")
    await host.ask("QUEUE_ADD", source=mine)
    await fill(host, 1)
    item = await host.hears(lambda m: m["type"] == "QUEUE" and m["items"])
    assert (item["items"][0]["title"], item["items"][0]["duration_s"]) == (
        "Film",
        pytest.approx(1, abs=2),
    )
    assert (await ana.http.delete(f"/videos/{video}")).status_code == 200
    queue = await queue_of(viewer, 1)
    told = [(skipped["title"], skipped["why"]) for skipped in queue["skipped"]]
    assert told == [("Film", "Its owner has deleted it.")]


async def test_what_most_players_refuse_to_play_is_skipped_too(pair: Pair, people: People) -> None:
    code, _, _, host, viewer = await a_show(pair, people)
    cem = await (await people.arrive(pair.second, "Cem")).enter(code)
    await host.sees(3)
    await fill(host, 0, 1)
    # What the host has chosen is theirs to replace.
    chosen = (await host.ask("SYNC"))["revision"]
    for room_socket in (host, viewer, cem):
        await room_socket.ask("FAILED", revision=chosen, why="missing")
    begun = await host.ask("NEXT")
    assert begun["source"]["external_id"] == films(0)[0]
    for _ in range(2):
        await viewer.ask("FAILED", revision=begun["revision"], why="embed_refused")
    await cem.ask("FAILED", revision=begun["revision"] - 1, why="embed_refused")
    assert (await host.ask("SYNC"))["revision"] == begun["revision"]
    await cem.ask("FAILED", revision=begun["revision"], why="embed_refused")
    await host.hears(lambda m: m["type"] == "QUEUE" and m["skipped"])
    queue = await queue_of(host)
    assert [skipped["why"] for skipped in queue["skipped"]] == [
        "Its site does not let it be played elsewhere."
    ]
    assert (await cem.ask("SYNC"))["source"]["external_id"] == films(1)[0]


async def test_two_hundred_wait_and_no_more_and_twenty_of_one_viewer(
    pair: Pair, people: People
) -> None:
    _, _, _, host, viewer = await a_show(pair, people)
    await host.ask("QUEUE_SET", adding="everyone")
    for _ in range(20):
        await fill(viewer, 1)
    own = await viewer.ask("QUEUE_ADD", source=FILMS[1])
    assert (own["code"], own["message"][:11]) == ("invalid", "You have 20")
    await fill(host, *[0] * 180)
    full = await host.ask("QUEUE_ADD", source=FILMS[0])
    assert (full["code"], full["message"]) == ("invalid", "The queue holds at most 200 items.")


async def test_a_program_does_with_the_queue_over_rest_what_its_owner_may_do(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, _ = await a_show(pair, people)
    path = f"/rooms/{code}/queue"
    assert await ben.refusal("POST", path, json={"url": "https://youtu.be/dQw4w9WgXcQ"}) == (
        403,
        "forbidden",
    )
    assert (await ana.refusal("POST", path, json={}))[0] == 422
    for number in (0, 1, 2):
        url = f"https://youtu.be/{films(number)[0]}?t=30"
        reply = await ana.http.post(path, json={"url": url})
        assert reply.status_code == 201, reply.text
    queue = reply.json()
    assert ids(queue) == films(0, 1, 2)
    assert queue["items"][0]["start_s"] == 30
    first, second, third = [item["id"] for item in queue["items"]]
    await ana.http.post(f"{path}/{third}/move", json={"before": first})
    await ben.http.put(f"{path}/{second}/vote")
    await ana.http.delete(f"{path}/{first}")
    queue = (await ana.http.patch(path, json={"order": "votes"})).json()
    assert (ids(queue), queue["order"]) == (films(1, 2), "votes")
    assert await ben.refusal("POST", f"/rooms/{code}/next") == (403, "forbidden")
    assert (await ana.http.post(f"/rooms/{code}/next")).status_code == 204
    state = await host.hears(lambda m: m["type"] == "PLAYBACK_STATE")
    assert (state["source"]["external_id"], state["position"]) == (films(1)[0], 30)
    assert (await ana.http.delete(path)).status_code == 204
    assert (await ben.read(path))["items"] == []


async def test_a_request_that_is_sent_again_adds_nothing_twice_and_skips_one_film(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, _ = await a_show(pair, people)
    path = f"/rooms/{code}/queue"
    for number in (0, 0, 1):
        link = {"url": f"https://youtu.be/{films(number)[0]}", "id": f"mine {number}"}
        assert (await ana.http.post(path, json=link)).status_code == 201
    assert ids(await ana.read(path)) == films(0, 1)
    revision = (await host.ask("SYNC"))["revision"]
    for _ in range(2):
        reply = await ana.http.post(f"/rooms/{code}/next", json={"revision": revision})
        assert reply.status_code == 204
    queue = await ana.read(path)
    assert ids(queue) == films(1)
    # Nor does what has been played come back.
    link = {"url": f"https://youtu.be/{films(0)[0]}", "id": "mine 0"}
    assert ids((await ana.http.post(path, json=link)).json()) == films(1)
    item = queue["items"][0]["id"]
    assert await ben.refusal("POST", f"/rooms/{code}/next", json={"item": item}) == (
        403,
        "forbidden",
    )
    revision = (await host.ask("SYNC"))["revision"]
    for _ in range(2):
        chosen = {"item": item, "revision": revision}
        assert (await ana.http.post(f"/rooms/{code}/next", json=chosen)).status_code == 204
    assert await ana.refusal("POST", f"/rooms/{code}/next", json={"item": item}) == (
        404,
        "no_such_item",
    )


async def test_a_vote_to_skip_over_rest_counts_as_one_over_the_socket(
    pair: Pair, people: People
) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people)
    path = f"/rooms/{code}/skip-vote"
    await fill(host, 0)
    assert await ben.refusal("PUT", path) == (403, "forbidden")
    await host.ask("QUEUE_SET", skipping=True)
    assert (await ben.http.put(path)).status_code == 204
    await viewer.hears(lambda m: m["type"] == "QUEUE" and m["skip_votes"] == 1)
    heard = len(viewer.heard)
    assert (await ben.http.delete(path)).status_code == 204
    await viewer.hears(lambda m: m["type"] == "QUEUE" and m["skip_votes"] == 0, after=heard)
    for person in (ana, ben):
        assert (await person.http.put(path)).status_code == 204
    gone_on = await viewer.hears(lambda m: m["type"] == "PLAYBACK_STATE")
    assert gone_on["source"]["external_id"] == films(0)[0]
    # Sent again it is about the film before.
    params = {"revision": gone_on["revision"] - 1}
    assert (await ben.http.put(path, params=params)).status_code == 204
    assert (await ben.read(f"/rooms/{code}/queue"))["skip_votes"] == 0


async def test_subtitles_chosen_over_rest_are_told_to_the_room(pair: Pair, people: People) -> None:
    code, ana, ben, host, viewer = await a_show(pair, people)
    path = f"/rooms/{code}/subtitle"
    await host.ask("SOURCE", source=FILMS[0])
    assert await ben.refusal("PUT", path, json={"track": "en"}) == (403, "forbidden")
    for track in ("en", None):
        heard = len(viewer.heard)
        assert (await ana.http.put(path, json={"track": track})).status_code == 204
        told = await viewer.hears(lambda m: m["type"] == "PLAYBACK_STATE", after=heard)
        assert told["subtitle"] == track
