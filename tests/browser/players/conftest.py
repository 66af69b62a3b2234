"""The test page with the players, and the sites it plays from."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page

from media import playlists, recipes
from media.kinds import MP4
from media.plan import Rung
from media.playlists import HEAD_BYTES, PicturePlaylist, SoundPlaylist, avc_codec, read_segments
from media.tracks import Sound, Tracks
from tests.browser.players.lab import KINDS, Lab
from tests.browser.players.sites import PAGES, Site
from tests.browser.theatre import PATIENCE_MS
from tests.support.clips import Clip, make_clip
from tests.support.shared_files import shared

HERE = Path(__file__).parent
WEB = HERE.parents[2] / "web"


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The players, bundled as the real page's are."""
    return shared("players", _bundle)


def _bundle(folder: Path) -> None:
    subprocess.run(
        [
            *("node_modules/.bin/vite", "build", "--config", HERE / "vite.config.mjs"),
            *("--outDir", folder),
        ],
        cwd=WEB,
        check=True,
    )


@pytest.fixture(scope="session")
def media() -> Path:
    """A folder with ``clip.mp4`` of 20 s, the same as MKV and HLS, and a file that is no video."""
    return shared("media", _make_media)


def _make_media(folder: Path) -> None:
    folder.mkdir()
    make_clip(folder, Clip(duration_s=20)).rename(folder / "clip.mp4")
    make_stream(folder / "clip.mp4", folder / "hls")
    copy = ("-v", "error", "-i", folder / "clip.mp4", "-c", "copy", folder / "clip.mkv")
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *copy], check=True)
    (folder / "text.mp4").write_text("This is no video.")


def make_stream(clip: Path, folder: Path) -> None:
    """Make of ``clip`` what a worker makes of a film, with ``index.m3u8`` as the master."""
    folder.mkdir()
    tracks, size, rung = Tracks(sounds=(Sound("aac", 2),)), (640, 360), Rung(360, 800_000)
    command = recipes.pictures(clip, MP4.demuxer, tracks, size, [rung], sounds=True)
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), *command],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    sound = read_segments((folder / "a0.m3u8").read_text())
    picture = read_segments((folder / "v360.m3u8").read_text())
    codec = avc_codec((folder / "v360.mp4").read_bytes()[:HEAD_BYTES])
    master = playlists.master(
        [
            PicturePlaylist(
                *("v360.m3u8", *size, codec, 30.0), picture.peak_bits_per_s, picture.bits_per_s
            )
        ],
        [
            # The clip has one track, which stands for two languages.
            SoundPlaylist(
                "a0.m3u8", code, code, code == "eng", sound.peak_bits_per_s, sound.bits_per_s
            )
            for code in ("eng", "deu")
        ],
    )
    (folder / "index.m3u8").write_text(master)


@pytest.fixture(scope="session")
def sites(bundle: Path, media: Path) -> Iterator[tuple[Site, Site]]:
    """Our page's site and the providers' one, which is another origin."""
    ours, theirs = Site([PAGES, bundle, media]), Site([PAGES])
    ours.start()
    theirs.start()
    yield ours, theirs
    ours.stop()
    theirs.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept_page(shared_chromium: Browser) -> AsyncIterator[Page]:
    """The page on which one player follows another: half the time of opening it anew."""
    async with _page_of(shared_chromium) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def lab(kept_page: Page, sites: tuple[Site, Site]) -> AsyncIterator[Lab]:
    """The test page; an exception that no script of it catches fails the test."""
    async with _catching_all(kept_page):
        lab = _lab(kept_page, sites)
        lab.kept = True
        yield lab
        await lab.end()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept_pages(shared_chromium: Browser) -> AsyncIterator[dict[str, Page]]:
    """A page for each kind of player, on which one player of that kind follows another."""
    async with contextlib.AsyncExitStack() as open_pages:
        opening = (open_pages.enter_async_context(_page_of(shared_chromium)) for _ in KINDS)
        yield dict(zip(KINDS, await asyncio.gather(*opening), strict=True))


@pytest_asyncio.fixture(loop_scope="session")
async def labs(
    kept_pages: dict[str, Page], sites: tuple[Site, Site]
) -> AsyncIterator[dict[str, Lab]]:
    """A test page for each kind of player, with nothing left of the players that it has had."""
    async with contextlib.AsyncExitStack() as watched:
        for page in kept_pages.values():
            await watched.enter_async_context(_catching_all(page))
        labs = {kind: _lab(page, sites) for kind, page in kept_pages.items()}
        for lab in labs.values():
            lab.kept = True
        yield labs
        await asyncio.gather(*(lab.end() for lab in labs.values()))


@contextlib.asynccontextmanager
async def _page_of(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


@contextlib.asynccontextmanager
async def _catching_all(page: Page) -> AsyncIterator[None]:
    uncaught: list[str] = []

    def note(error: Error) -> None:
        uncaught.append(str(error))

    page.on("pageerror", note)
    yield
    page.remove_listener("pageerror", note)
    assert uncaught == []


@pytest.fixture
def fresh_lab(page: Page, sites: tuple[Site, Site]) -> Lab:
    """The test page in a browser context of its own, for what changes more than the page."""
    return _lab(page, sites)


def _lab(page: Page, sites: tuple[Site, Site]) -> Lab:
    ours, theirs = sites
    ours.asked.clear()
    theirs.asked.clear()
    return Lab(page, ours, theirs)
