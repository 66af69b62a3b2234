"""The page of a room brings the answer to joining for visitors whom the server knows."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory

from rooms import joining
from tests.rooms.conftest import Pair
from tests.rooms.people import Guest, People
from tests.support.clips import Clip, make_clip
from tests.support.plain_http import plain_client


async def page(guest: Guest | None, url: str, code: str, **headers: str) -> tuple[Any, str]:
    """Open a room's page; return the answer to joining, None without one, and the HTML."""
    known = {"Authorization": guest.http.headers["Authorization"]} if guest else {}
    async with plain_client(base_url=url) as http:
        reply = await http.get(f"/r/{code}", headers={**known, **headers})
    assert reply.status_code == 200
    found = re.search(r'<script id="joined" type="application/json">(.*?)</script>', reply.text)
    assert reply.headers["Cache-Control"] == ("no-store" if found else "no-cache")
    return json.loads(found[1]) if found else None, reply.text


async def test_a_known_visitor_gets_ticket_and_film_with_the_page(
    pair: Pair, people: People
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    code = await ana.create_room(url=f"{ana.url}/videos/{await ana.upload()}")
    joined, html = await page(ben, ben.url, code.upper())
    room_socket = await ben.open(code, joined["ticket"])
    assert room_socket.welcome["you"]["id"] == ben.id
    film = re.search(r'<video id="film" src="([^"]*)#t=0.00"', html)
    assert film is not None
    url = unescape(film[1])
    assert url == joined["playback"]["playable"]["url"]
    async with plain_client(base_url=ben.url) as http:
        assert (await http.get(url)).status_code == 200


async def test_the_film_in_the_page_comes_from_the_key_frame_before_where_the_room_is(
    pair: Pair, people: People, tmp_path: Path
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    film = make_clip(tmp_path, Clip(duration_s=20)).read_bytes()
    code = await ana.create_room(url=f"{ana.url}/videos/{await ana.upload(film)}")
    await (await ana.enter(code)).ask("SEEK", position=11.5)
    joined, html = await page(ana, ana.url, code)
    found = re.search(r'<video id="film" src="([^"]*)#t=11.50"', html)
    assert found is not None
    assert unescape(found[1]) == f"{joined['playback']['playable']['url']}&from=10.000"


async def test_what_no_video_element_plays_is_left_to_the_page(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    joined, html = await page(ana, ana.url, await ana.create_room())
    assert joined["playback"]["playable"]["kind"] == "iframe"
    assert "<video" not in html


async def test_who_comes_while_the_room_waits_is_told_the_same_everywhere(
    pair: Pair, people: People
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.second, "Ben")
    code = await ana.create_room(wait="start")
    host = await ana.enter(code)
    report = {"position": 0.0, "buffering": False, "drift_ms": 0.0, "ready": False}
    await host.ask("STATUS", **report)
    told = await host.ask("PLAY")
    assert told["waiting"]["for"] == [ana.id]
    state = {name: told[name] for name in told if name not in ("type", "id")}
    joined = await ben.join(code, playback=True)
    read = await ben.read(f"/rooms/{code}/playback")
    with_page, _html = await page(ben, ben.url, code)
    assert [each["state"] for each in (joined["playback"], read, with_page["playback"])] == [
        state
    ] * 3
    viewer = await ben.open(code, joined["ticket"])
    assert viewer.welcome["state"] == state
    synced = await viewer.ask("SYNC")
    assert {name: synced[name] for name in state} == state


@pytest.mark.parametrize("why", ["stranger", "in advance", "password", "approval", "no room"])
async def test_a_page_brings_nothing_where_anything_is_in_the_way(
    pair: Pair, people: People, why: str
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    facts = {"password": {"entry": "password", "password": "sesame"}, "approval": {"entry": why}}
    code = "zzzzzzzzzz" if why == "no room" else await ana.create_room(**facts.get(why, {}))
    headers = {"Sec-Purpose": "prefetch"} if why == "in advance" else {}
    joined, html = await page(None if why == "stranger" else ben, ben.url, code, **headers)
    assert joined is None
    assert "<video" not in html


@pytest.mark.parametrize(
    ("host", "secure", "expected"),
    [
        ("watch.example.org", False, "wss://watch.example.org/ws/rooms/abc/"),
        ("localhost:8000", False, "ws://localhost:8000/ws/rooms/abc/"),
        ("localhost:8000", True, "wss://localhost:8000/ws/rooms/abc/"),
    ],
)
def test_a_page_is_told_a_socket_of_its_own_name(
    settings: Any, host: str, secure: bool, expected: str
) -> None:
    settings.PUBLIC_URL = "https://watch.example.org"
    settings.ALLOWED_HOSTS = ["watch.example.org", "localhost"]
    request = RequestFactory().get("/", headers={"host": host}, secure=secure)
    assert joining._socket_url(request, "abc") == expected
