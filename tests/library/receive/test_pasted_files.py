"""Links to files and HLS streams that are pasted to be watched, at a real server here."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from asgiref.typing import HTTPScope
from django.test import AsyncClient

from accounts.principal import UNBOUND
from core.fair_queue import Busy
from core.limits import Limit
from library.models import Source, Video
from library.receive import links, pipeline
from library.removals import remove
from library.storage import registry
from library.storage.options import RemoteOptions
from library.storage.remote import RemoteStorage
from media import hls
from playback.sources.base import Audience, MediaType, Playable, SourceKey
from playback.sources.library import LibrarySource
from tests.library.site import TINY_MP4
from tests.support.films import XVID_IN_AVI, make_film
from tests.support.loopback import LoopbackRules
from tests.support.raw_server import Asked, raw_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

MASTER = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.42c01e,mp4a.40.2"
low/parts.m3u8
"""
SECOND = """#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=426x240,CODECS="avc1.42c015,mp4a.40.2"
show/low/parts.m3u8
"""
SONG = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS="mp4a.40.2"\nshow/low/parts.m3u8\n'
PARTS = "#EXTM3U\n#EXTINF:4,\n0.m4s\n#EXTINF:2,\n1.m4s\n#EXT-X-ENDLIST\n"

MASTER_WITH_VARIABLES = MASTER.replace("low/", "{$size}/").replace(
    "#EXTM3U\n", '#EXTM3U\n#EXT-X-DEFINE:NAME="size",VALUE="low"\n'
)
PARTS_WITH_VARIABLES = PARTS.replace("1.m4s", "../{$size}/1.m4s").replace(
    "#EXTM3U\n", '#EXTM3U\n#EXT-X-DEFINE:IMPORT="size"\n'
)


class Site:
    """Somebody else's server, which may or may not let other sites' pages read (CORS)."""

    def __init__(self, *, is_open: bool, refuses_pages: bool = False) -> None:
        # As some filters and rules against hotlinks do; everybody else gets the file.
        self.refuses_pages = refuses_pages
        self.cors = "Access-Control-Allow-Origin: *\r\n" if is_open else ""
        self.files: dict[str, bytes] = {
            "/film.mp4": TINY_MP4,
            "/show/master.m3u8": MASTER.encode(),
            "/show/low/parts.m3u8": PARTS.encode(),
            "/show/low/0.m4s": b"first part",
            "/show/low/1.m4s": b"second part",
            "/live.m3u8": PARTS.replace("#EXT-X-ENDLIST\n", "").encode(),
            "/page.mp4": b"<html>not found</html>",
            "/old.mp4": make_film(XVID_IN_AVI).read_bytes(),
            "/hevc/master.m3u8": MASTER.replace("avc1.42c01e", "hvc1.1.6.L93.B0").encode(),
            "/hevc/low/parts.m3u8": PARTS.encode(),
            "/hevc/low/0.m4s": b"first part",
            "/song.m3u8": SONG.encode(),
            "/no-parts.m3u8": PARTS.encode(),
            "/empty.m3u8": b"#EXTM3U\n",
            "/channels.m3u8": b'#EXTM3U x-tvg-url="a"\n#EXTINF:-1 tvg-id="b",News\nhttp://b/\n',
            "/fallback.m3u8": f"{MASTER.replace('low', 'gone')}{SECOND}".encode(),
        }
        # What it says each of them is.
        self.types: dict[str, str] = {}

    def __call__(self, asked: Asked) -> bytes:
        if self.refuses_pages and "origin" in asked.headers:
            return b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        content = self.files.get(asked.target)
        if content is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        head = "200 OK"
        # Playlists come whole, as many servers send them.
        if (wanted := asked.headers.get("range")) and not asked.target.endswith("m3u8"):
            first, last = wanted.removeprefix("bytes=").split("-")
            whole = len(content)
            content = content[int(first) : int(last) + 1]
            head = f"206 Partial Content\r\nContent-Range: bytes {first}-{last}/{whole}"
        kind = f"Content-Type: {said}\r\n" if (said := self.types.get(asked.target)) else ""
        text = f"HTTP/1.1 {head}\r\n{self.cors}{kind}Content-Length: {len(content)}\r\n\r\n"
        return text.encode() + content


@pytest_asyncio.fixture
async def _near(monkeypatch: pytest.MonkeyPatch, settings: Any) -> AsyncIterator[None]:
    """Let this process fetch from this machine, and take 127.0.0.1 for somebody else's."""
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    remote = RemoteStorage(RemoteOptions(10_000_000), rules=LoopbackRules())
    provider = registry.provider
    monkeypatch.setattr(
        registry, "provider", lambda name: remote if name == "remote" else provider(name)
    )
    yield
    async for video in Video.objects.select_related("source"):
        await remove(video)
    await remote.close()


@pytest_asyncio.fixture
async def ana(_near: None) -> AsyncClient:
    return await a_guest("Ana")


async def a_guest(name: str, *, address: str = "127.0.0.1") -> AsyncClient:
    told: dict[str, Any] = {"X-Forwarded-For": address}
    client = AsyncClient(**told)
    reply = await client.post(
        "/api/v1/auth/guest", {"display_name": name}, content_type="application/json"
    )
    assert reply.status_code == 201
    return client


async def resolve(client: AsyncClient, url: str) -> tuple[int, dict[str, Any]]:
    reply = await client.post(
        "/api/v1/playback/resolve", {"url": url}, content_type="application/json"
    )
    return reply.status_code, reply.json()


async def playable(video_id: str, **more: Any) -> Playable:
    member = (await Video.objects.select_related("owner").aget(pk=video_id)).owner_id
    audience = Audience(room="K7QF2XMD", member=member, now_s=1.0, grant=UNBOUND, **more)
    return await LibrarySource().playable(SourceKey("library", MediaType.MOVIE, video_id), audience)


async def got(path: str) -> tuple[int, dict[str, str], bytes]:
    """Ask our stream application for a path, as the server hands it over."""
    from config.asgi import route

    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    async def receive() -> Any:

        await asyncio.Event().wait()

    scope: HTTPScope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": None,
        "server": None,
        "extensions": None,
    }
    await route(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(each["body"] for each in sent[1:])


async def test_the_link_of_a_file_becomes_a_film_that_browsers_read_where_it_is(
    ana: AsyncClient,
) -> None:
    async with raw_server(Site(is_open=True)) as site:
        status, found = await resolve(ana, f"{site.url}/film.mp4#t=30")
        assert (status, found["provider"], found["start_s"]) == (200, "library", 30)
        _, again = await resolve(ana, f"{site.url}/film.mp4")
        assert again["external_id"] == found["external_id"]
        assert await Video.objects.acount() == 1
        direct = await playable(found["external_id"])
        assert (direct.kind, direct.url) == ("file", f"{site.url}/film.mp4")
        ours = await playable(found["external_id"], through_us=True)
        assert ours.url.startswith(f"/api/v1/videos/{found['external_id']}/stream?token=")


async def test_a_file_is_asked_for_by_the_very_address_that_was_pasted(ana: AsyncClient) -> None:
    addresses = ["/Tom&Jerry.mp4", "/a//film.mp4", "/film.mp4?sig=a?b", "/film.mp4?p=x;exp=1&y=2"]
    elsewhere = Site(is_open=True)
    elsewhere.files |= dict.fromkeys(addresses, TINY_MP4)
    async with raw_server(elsewhere) as site:
        for address in addresses:
            site.asked.clear()
            status, _ = await resolve(ana, f"{site.url}{address}")
            assert (status, {each.target for each in site.asked}) == (200, {address})


async def test_a_site_that_lets_no_other_page_read_is_read_through_us(ana: AsyncClient) -> None:
    async with raw_server(Site(is_open=False)) as site:
        _, found = await resolve(ana, f"{site.url}/film.mp4")
        assert not (await Source.objects.aget()).is_open
        assert (await playable(found["external_id"])).url.startswith("/api/v1/videos/")


@pytest.mark.parametrize("path", ["/film.mp4", "/show/master.m3u8"])
async def test_a_site_that_refuses_what_other_pages_ask_for_is_read_through_us(
    ana: AsyncClient, path: str
) -> None:
    async with raw_server(Site(is_open=True, refuses_pages=True)) as site:
        status, found = await resolve(ana, site.url + path)
        assert status == 200, found
        assert not (await Source.objects.aget()).is_open


async def test_a_page_over_https_reads_nothing_from_plain_http(
    ana: AsyncClient, settings: Any
) -> None:
    async with raw_server(Site(is_open=True)) as site:
        _, found = await resolve(ana, f"{site.url}/film.mp4")
        settings.PUBLIC_URL = "https://cinema.example"
        assert (await playable(found["external_id"])).url.startswith("/api/v1/videos/")


@pytest.mark.parametrize("has_variables", [False, True])
async def test_an_hls_stream_goes_through_us_playlists_and_parts(
    ana: AsyncClient, has_variables: bool
) -> None:
    elsewhere = Site(is_open=False)
    if has_variables:
        elsewhere.files["/show/master.m3u8"] = MASTER_WITH_VARIABLES.encode()
        elsewhere.files["/show/low/parts.m3u8"] = PARTS_WITH_VARIABLES.encode()
    async with raw_server(elsewhere) as site:
        status, found = await resolve(ana, f"{site.url}/show/master.m3u8")
        assert status == 200
        video = await Video.objects.aget(pk=found["external_id"])
        assert (video.title, video.duration_s, video.height) == ("show", 6, 360)
        ours = await playable(found["external_id"])
        assert (ours.kind, site.url in ours.url) == ("hls", False)
        # A member's link ends with their place in a room; its owner's has none.
        own = (await ana.get(f"/api/v1/videos/{video.pk}/playback")).json()["playback_url"]
        _, _, master = await got(own)
        inner = urljoin(own, master.decode().splitlines()[-1])
        status, headers, parts = await got(inner)
        assert (status, headers["content-type"]) == (200, "application/vnd.apple.mpegurl")
        second = urljoin(inner, parts.decode().splitlines()[4])
        assert (await got(second))[2] == b"second part"
        assert site.url not in (master + parts).decode()
        assert (await got(f"{second}x"))[0] == 404
        assert (await got(second.replace("/hls/", "/hls/x")))[0] == 401


@pytest.mark.parametrize(
    ("said", "passed_on"),
    [
        ("video/mp2t", "video/mp2t"),
        ("Audio/AAC; x=y", "audio/aac"),
        ("text/vtt; charset=utf-8", "text/vtt"),
        ("", "application/octet-stream"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("video/x+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("video/mp4, text/html", "application/octet-stream"),
        ("multipart/x-mixed-replace;boundary=video/mp4", "application/octet-stream"),
    ],
)
async def test_a_part_of_a_stream_never_runs_as_a_page_of_ours(
    ana: AsyncClient, said: str, passed_on: str
) -> None:
    elsewhere = Site(is_open=False)
    elsewhere.types["/show/low/0.m4s"] = said
    elsewhere.files["/show/low/0.m4s"] = b"<script>alert(1)</script>"
    async with raw_server(elsewhere) as site:
        _, found = await resolve(ana, f"{site.url}/show/low/parts.m3u8")
        video = found["external_id"]
        own = (await ana.get(f"/api/v1/videos/{video}/playback")).json()["playback_url"]
        _, about_list, parts = await got(own)
        _, about_part, content = await got(urljoin(own, parts.decode().splitlines()[2]))
    assert content == b"<script>alert(1)</script>"
    assert about_part["content-type"] == passed_on
    for headers in (about_list, about_part):
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_an_open_hls_stream_is_played_where_it_is(ana: AsyncClient) -> None:
    async with raw_server(Site(is_open=True)) as site:
        _, found = await resolve(ana, f"{site.url}/show/master.m3u8")
        assert (await playable(found["external_id"])).url == f"{site.url}/show/master.m3u8"


async def test_a_stream_of_which_one_quality_is_gone_is_played_in_another(ana: AsyncClient) -> None:
    async with raw_server(Site(is_open=True)) as site:
        status, _ = await resolve(ana, f"{site.url}/fallback.m3u8")
    assert status == 200
    video = await Video.objects.aget()
    assert video.duration_s == 6


async def test_a_page_behind_the_link_of_a_file_is_named(ana: AsyncClient) -> None:
    async with raw_server(a_page) as site:
        status, body = await resolve(ana, f"{site.url}/film.mp4")
    assert (status, body["error"]["fields"]) == (
        422,
        {"url": "cannot be read: There is a page at this link, not a file."},
    )


def a_page(asked: Asked) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/live.m3u8", "live stream"),
        ("/page.mp4", "The file at this link is a web page, and must be MP4"),
        ("/gone.mp4", "The link cannot be read: File not found"),
        ("/manifest.mpd", "DASH"),
        ("/old.mp4", "it will be converted. Browsers cannot play AVI files."),
        ("/hevc/master.m3u8", "it will be converted. Browsers cannot play H.265"),
        ("/song.m3u8", "sound alone"),
        ("/empty.m3u8", "This HLS stream is empty."),
        ("/channels.m3u8", "This is a list of channels or songs"),
        ("/no-parts.m3u8", "The link cannot be read: File not found"),
    ],
)
async def test_what_cannot_be_played_is_refused_by_name_and_leaves_nothing(
    ana: AsyncClient, path: str, words: str
) -> None:
    async with raw_server(Site(is_open=True)) as site:
        status, body = await resolve(ana, f"{site.url}{path}")
    assert status == 422
    assert words in json.dumps(body["error"])
    assert list(body["error"]["fields"]) == ["url"]
    assert not await Video.objects.aexists()


@pytest.mark.parametrize("path", ["/film.mp4", "/show/master.m3u8"])
async def test_a_link_is_asked_for_when_it_is_its_turn_and_not_before(
    ana: AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.LOOKING_FAR, "at_once", 0)
    monkeypatch.setattr(pipeline.LOOKING_FAR, "most_waiting", 0)
    async with raw_server(Site(is_open=True)) as site:
        status, body = await resolve(ana, f"{site.url}{path}")
        assert site.asked == []
    assert (status, body["error"]["message"]) == (503, Busy.message)


async def test_guests_of_one_address_share_a_budget_of_links_wherever_they_paste_them(
    ana: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = replace(links.LINKS, address=Limit("link-address", burst=1, per_minute=0.01))
    monkeypatch.setattr(links, "LINKS", one)
    ben = await a_guest("Ben")
    async with raw_server(Site(is_open=True)) as site:
        assert (await resolve(ana, f"{site.url}/film.mp4"))[0] == 200
        assert (await resolve(ana, f"{site.url}/film.mp4"))[0] == 200
        assert (await resolve(ben, f"{site.url}/film.mp4"))[0] == 429


def a_show(variants: int, parts: int) -> Site:
    """A stream with so many playlists of so many parts each."""
    site = Site(is_open=False)
    head, about = MASTER.splitlines()[:2]
    names = [f"{number}.m3u8" for number in range(variants)]
    site.files["/big.m3u8"] = "\n".join([head, *(f"{about}\n{name}" for name in names)]).encode()
    lines = "".join(f"#EXTINF:1,\n{number}.ts\n" for number in range(parts))
    for name in names:
        site.files[f"/{name}"] = f"#EXTM3U\n{lines}#EXT-X-ENDLIST\n".encode()
    site.files["/0.ts"] = b"first part"
    return site


async def own_address(client: AsyncClient, url: str) -> str:
    _, found = await resolve(client, url)
    reply = await client.get(f"/api/v1/videos/{found['external_id']}/playback")
    return str(reply.json()["playback_url"])


async def test_a_playlist_is_fetched_and_written_once_for_all_who_ask(ana: AsyncClient) -> None:
    async with raw_server(a_show(1, 20_000)) as site:
        address = await own_address(ana, f"{site.url}/0.m3u8")
        site.asked.clear()
        answers = await asyncio.gather(*(got(address) for _ in range(30)))
        assert len(site.asked) == 1
        assert {(status, len(content)) for status, _, content in answers} == {
            (200, len(answers[0][2]))
        }


async def test_playlists_of_one_keep_nobody_elses_waiting(ana: AsyncClient, settings: Any) -> None:
    settings.TRUSTED_PROXY = True
    ben = await a_guest("Ben", address="192.0.2.2")
    async with raw_server(a_show(6, 5_000)) as site:
        master = await own_address(ana, f"{site.url}/big.m3u8")
        of_ben = await own_address(ben, f"{site.url}/show/master.m3u8")
        lines = (await got(master))[2].decode().splitlines()
        site.asked.clear()
        inner = [urljoin(master, line) for line in lines if not line.startswith("#")]
        of_ana = [asyncio.create_task(got(each)) for each in inner]
        await asyncio.wait(of_ana, return_when=asyncio.FIRST_COMPLETED)
        assert (await got(of_ben))[0] == 200
        assert sum(task.done() for task in of_ana) < 5
        # None is held in memory before it is its turn: one is under way, and Ben's is here.
        assert len(site.asked) <= sum(task.done() for task in of_ana) + 2
        assert {answer[0] for answer in await asyncio.gather(*of_ana)} == {200}


async def test_a_playlist_that_takes_long_to_write_keeps_nobody_else_waiting(
    ana: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed, began, go_on = hls.rewrite, asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow(*args: Any) -> str:
        loop.call_soon_threadsafe(began.set)
        assert go_on.wait(30), "nobody else could do anything meanwhile"
        return renamed(*args)

    async with raw_server(Site(is_open=False)) as site:
        _, found = await resolve(ana, f"{site.url}/show/master.m3u8")
        video = found["external_id"]
        own = (await ana.get(f"/api/v1/videos/{video}/playback")).json()["playback_url"]
        monkeypatch.setattr(hls, "rewrite", slow)
        asking = asyncio.create_task(got(own))
        await began.wait()
        go_on.set()
        status, _, content = await asking
    assert (status, content[:7]) == (200, b"#EXTM3U")
