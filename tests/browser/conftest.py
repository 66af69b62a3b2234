"""Real Chromium for every test below this folder.

Tests here are ``async def`` and share one event loop for the whole session, because a
browser belongs to the loop that started it. Playwright's sync interface is not used: it
leaves a running loop in the thread, under which no other async test can run.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    async_playwright,
    expect,
)

from tests.browser.theatre import PATIENCE_MS
from tests.support import packages
from tests.support.servers import Server, Servers, copy_template, own_valkey

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--mute-audio",
]

# The first test of a process also waits for what all of them share to be made.
TIMEOUT_S = 300
expect.set_options(timeout=PATIENCE_MS)

Launch = Callable[..., Awaitable[Browser]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of this folder the browser mark and more time, async ones one loop."""
    for item in items:
        if "/tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_S))
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def server(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of all tests that need nothing special of one.

    It keeps what they make, and people come to it under the same names again and again.
    """
    folder = tmp_path_factory.mktemp("server")
    data = copy_template(migrated_template, folder / "data")
    with own_valkey(folder / "valkey") as socket:
        # Together they make more rooms than one address may.
        servers = Servers(data, f"unix://{socket}", env={"STREAMIT_RATE_LIMITS": "off"})
        yield servers.start()
        servers.stop_all()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """The one driver of all browsers of this process."""
    async with async_playwright() as driver:
        yield driver


@pytest_asyncio.fixture(loop_scope="session")
async def launch(playwright: Playwright) -> AsyncIterator[Launch]:
    """Start Chromium processes of this test's own; flags replace those of the same name."""
    started: list[Browser] = []

    async def start(*flags: str) -> Browser:
        started.append(await _start(playwright, *flags))
        return started[-1]

    yield start
    for browser in started:
        await browser.close()


async def _start(playwright: Playwright, *flags: str) -> Browser:
    names = {flag.partition("=")[0] for flag in flags}
    kept = [flag for flag in CHROMIUM_FLAGS if flag.partition("=")[0] not in names]
    # Without the window around it: half the processor time.
    path = packages.find("chromium-headless-shell")
    return await playwright.chromium.launch(executable_path=path, args=[*kept, *flags])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_chromium(playwright: Playwright) -> AsyncIterator[Browser]:
    """The Chromium of all tests, for what stays open from one to the next."""
    browser = await _start(playwright)
    yield browser
    await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_second_chromium(playwright: Playwright) -> AsyncIterator[Browser]:
    """Another process, for all tests of which people must not share one."""
    browser = await _start(playwright)
    yield browser
    await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(shared_chromium: Browser) -> AsyncIterator[Browser]:
    """The Chromium that most tests share."""
    async with _left_as_it_was(shared_chromium):
        yield shared_chromium


@pytest_asyncio.fixture(loop_scope="session")
async def second_chromium(shared_second_chromium: Browser) -> AsyncIterator[Browser]:
    """Another Chromium than ``chromium``."""
    async with _left_as_it_was(shared_second_chromium):
        yield shared_second_chromium


@contextlib.asynccontextmanager
async def _left_as_it_was(browser: Browser) -> AsyncIterator[None]:
    """Close what a test opens, after it: pages left open go on to ask a server that is gone."""
    before = {*browser.contexts}
    yield
    for context in {*browser.contexts} - before:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser) -> BrowserContext:
    """Fresh cookies, storage and pages for one test."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """An empty page; an exception that no script of it catches fails the test."""
    page = await context.new_page()
    uncaught: list[str] = []
    page.on("pageerror", lambda error: uncaught.append(str(error)))
    yield page
    assert uncaught == []
