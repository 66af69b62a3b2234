"""The address of a film on somebody's file server, pasted on the first page to be watched."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import imageio_ffmpeg
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.theatre import Person, until
from tests.support import nginx
from tests.support.clips import Clip, make_clip
from tests.support.nginx import Nginx
from tests.support.servers import ROOT, Servers

PROGRAM = ROOT / "tests" / "support" / "near_links_server.py"
FILE_SERVER = """
server {
    listen 127.0.0.1:PORT;
    root files;
    location /open/ { alias files/; add_header Access-Control-Allow-Origin *; }
    location /closed/ { alias files/; }
}
"""


# What pages may read themselves, and what only our server may.
FOLDERS = ["open", "closed"]


def cut(clip: Path, folder: Path) -> None:
    """Make a stream of ``clip``, with its pieces, in a new ``folder``."""
    folder.mkdir()
    as_stream = ("-c", "copy", "-hls_time", "2", "-hls_playlist_type", "vod")
    program = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", clip)
    subprocess.run((*program, *as_stream, folder / "film.m3u8"), check=True)


@pytest.fixture(scope="module")
def file_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    folder = tmp_path_factory.mktemp("file-server")
    (folder / "files").mkdir()
    # Longer than a busy machine takes until the test pauses it.
    clip = make_clip(tmp_path_factory.mktemp("clip"), Clip(duration_s=60, frame_rate=10))
    (folder / "files" / "A film (2020).mp4").hardlink_to(clip)
    for each in FOLDERS:
        cut(clip, folder / "files" / each)
    with nginx.running(folder, FILE_SERVER.replace("files", str(folder / "files"))) as running:
        yield running


def film_servers(page: Page) -> set[str]:
    """Note from which servers ``page`` reads films."""
    found: set[str] = set()

    def note(url: str, kind: str) -> None:
        if kind == "media":
            found.add(urlsplit(url).netloc)

    page.on("request", lambda request: note(request.url, request.resource_type))
    return found


async def plays(page: Page) -> None:
    await until(
        page, "() => { const v = document.querySelector('video'); return v && v.currentTime > 0.5 }"
    )


@pytest.mark.parametrize("folder", FOLDERS)
async def test_a_pasted_address_of_a_film_opens_a_room_in_which_all_see_it(
    servers: Servers, chromium: Browser, file_server: Nginx, folder: str
) -> None:
    server = servers.start(program=PROGRAM)
    ana = await Person.arrive(chromium, server.url, "Ana")
    host = await ana.context.new_page()
    of_host = film_servers(host)
    await host.goto(server.url)
    link = f"{file_server.url}/{folder}/A film (2020).mp4"
    field = host.get_by_role("textbox", name="Paste a link, or drop a video")
    await field.fill(f"Tonight: <{link}>, at eight")
    await field.press("Enter")
    await host.wait_for_url(f"{server.url}/r/*")
    await expect(host.get_by_role("banner").get_by_text("A film (2020)")).to_be_visible()

    ben = await Person.arrive(chromium, server.url, "Ben")
    guest = await ben.context.new_page()
    of_guest = film_servers(guest)
    await guest.goto(host.url)
    await host.get_by_role("button", name="Play", exact=True).click()
    for page in (host, guest):
        await plays(page)

    # Straight from there where its server lets pages read it, else through ours.
    place = urlsplit(file_server.url if folder == "open" else server.url).netloc
    assert (of_host, of_guest) == ({place}, {place})

    await host.get_by_role("button", name="Pause", exact=True).click()
    # When the film has gone from there, whoever comes then is told, and what to do.
    (film,) = Path(file_server.folder, "files").glob("*.mp4")
    film.rename(film.with_suffix(".away"))
    try:
        # In a browser of their own: Ben's may have kept the whole film.
        cleo = await Person.arrive(chromium, server.url, "Cleo")
        late = await cleo.context.new_page()
        await late.goto(host.url)
        await expect(late.get_by_text("This video is no longer available")).to_be_visible()
    finally:
        film.with_suffix(".away").rename(film)
    for person in (ana, ben, cleo):
        await person.context.close()


@pytest.mark.parametrize("folder", FOLDERS)
async def test_whoever_comes_when_the_pieces_of_a_stream_are_damaged_or_gone_is_told_soon(
    servers: Servers, chromium: Browser, file_server: Nginx, folder: str
) -> None:
    server = servers.start(program=PROGRAM)
    ana = await Person.arrive(chromium, server.url, "Ana")
    link = f"{file_server.url}/{folder}/{folder}/film.m3u8"
    room = await ana.call("POST", "/rooms", data={"name": "Film night", "url": link})
    guest = await ana.enter(room["code"])
    assert "In sync" in await guest.get_by_title("How well the video is in sync").inner_text()

    pieces = list(Path(file_server.folder, "files", folder).glob("*.ts"))
    for piece in pieces:
        piece.write_bytes(b"\xa5" * piece.stat().st_size)
    ben = await Person.arrive(chromium, server.url, "Ben")
    late = await ben.context.new_page()
    requests: list[str] = []
    late.on("request", lambda request: requests.append(request.url))
    await late.goto(guest.url)
    # hls.js alone would load them again and again, as fast as it can.
    damaged = late.get_by_text("The film is damaged here")
    await expect(damaged).to_be_visible(timeout=20_000)
    assert len([each for each in requests if "/hls/" in each or each.endswith(".ts")]) < 30

    for piece in pieces:
        piece.unlink()
    cleo = await Person.arrive(chromium, server.url, "Cleo")
    later = await cleo.context.new_page()
    await later.goto(guest.url)
    # hls.js alone would ask for half a minute.
    told = later.get_by_text("This video is no longer available")
    await expect(told).to_be_visible(timeout=20_000)
    for person in (ana, ben, cleo):
        await person.context.close()
