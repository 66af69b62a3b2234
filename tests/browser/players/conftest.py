"""The test page with the players, and the sites it plays from."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.async_api import Page

from tests.browser.players.lab import Lab
from tests.browser.players.sites import PAGES, Site
from tests.support.clips import Clip, make_clip

HERE = Path(__file__).parent
WEB = HERE.parents[2] / "web"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The players, bundled as the real page's are."""
    folder = tmp_path_factory.mktemp("players")
    subprocess.run(
        [
            *("node_modules/.bin/vite", "build", "--config", HERE / "vite.config.mjs"),
            *("--outDir", folder),
        ],
        cwd=WEB,
        check=True,
        timeout=120,
    )
    return folder


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``clip.mp4`` of 20 s, the same as HLS, and a file that is no video."""
    folder = tmp_path_factory.mktemp("media")
    make_clip(folder, Clip(duration_s=20)).rename(folder / "clip.mp4")
    (folder / "hls").mkdir()
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", folder / "clip.mp4"),
            *("-c", "copy", "-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "2"),
            *("-hls_playlist_type", "vod", "index.m3u8"),
        ],
        cwd=folder / "hls",
        check=True,
    )
    (folder / "text.mp4").write_text("This is no video.")
    return folder


@pytest.fixture(scope="session")
def sites(bundle: Path, media: Path) -> Iterator[tuple[Site, Site]]:
    """Our page's site and the providers' one, which is another origin."""
    ours, theirs = Site([PAGES, bundle, media]), Site([PAGES])
    ours.start()
    theirs.start()
    yield ours, theirs
    ours.stop()
    theirs.stop()


@pytest.fixture
def lab(page: Page, sites: tuple[Site, Site]) -> Lab:
    ours, theirs = sites
    ours.asked.clear()
    theirs.asked.clear()
    return Lab(page, ours, theirs)
