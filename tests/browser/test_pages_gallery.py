"""Every designed state of the pages, as web/gallery draws it with made-up data."""

import mimetypes
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from tests.support.shelf import shared

WEB = Path(__file__).resolve().parents[2] / "web"
ORIGIN = "http://gallery.test"

WIDER_THAN_ITS_WINDOW = """() => [document.documentElement, ...document.querySelectorAll(
    "dialog[open], [popover]:popover-open")].flatMap(part => {
  const { left, right } = part.getBoundingClientRect();
  const wide = part.scrollWidth - part.clientWidth;
  const out = Math.max(-left, right - document.documentElement.clientWidth);
  return [
    ...(wide > 1 ? [`${part.tagName} is ${wide} px too wide`] : []),
    ...(out > 1 ? [`${part.tagName} is ${out} px out of the window`] : []),
  ];
})"""

# Rules that find nothing serious are left out: a quarter of the time.
SERIOUS_FINDINGS = """async () => {
  const isSerious = ({ impact }) => impact === "serious" || impact === "critical";
  const others = axe._audit.rules.filter(rule => rule.impact && !isSerious(rule));
  const rules = Object.fromEntries(others.map(({ id }) => [id, { enabled: false }]));
  return (await axe.run({ resultTypes: ["violations"], rules })).violations.filter(isSerious).map(
    found => `${found.id}: ${found.nodes.map(node => node.html.slice(0, 120)).join(" | ")}`);
}"""


@pytest.fixture(scope="session")
def gallery() -> Path:
    """The gallery, bundled as the real pages are."""
    return shared("gallery", _bundle)


def _bundle(folder: Path) -> None:
    subprocess.run(
        [
            *("node_modules/.bin/vite", "build", "gallery", "--config", "vite.config.ts"),
            *("--outDir", folder, "--logLevel", "warn"),
        ],
        cwd=WEB,
        check=True,
        timeout=120,
    )


@pytest_asyncio.fixture(loop_scope="session", params=[(375, "dark", "de"), (1280, "light", "en")])
async def visitor(
    chromium: Browser, gallery: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """A page that finds the gallery at ORIGIN: narrow, dark and German, or wide and light."""
    width, scheme, locale = request.param

    async def fulfil(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        file = gallery / ("index.html" if name == "/" else name[1:])
        if file.is_file():
            await route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0])
        else:
            await route.fulfill(status=404)

    context = await chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        locale=locale,
        reduced_motion="reduce",
    )
    await context.add_init_script(path=WEB / "node_modules/axe-core/axe.min.js")
    await context.route(f"{ORIGIN}/**", fulfil)
    yield await context.new_page()
    await context.close()


@pytest.mark.long
@pytest.mark.timeout(300)  # some ninety states; a busy machine takes its time
async def test_no_state_is_wider_than_its_window_or_hard_to_use_with_a_screen_reader(
    visitor: Page,
) -> None:
    problems: list[str] = []
    current = ""
    visitor.on("pageerror", lambda error: problems.append(f"{current}: {error}"))
    await visitor.goto(ORIGIN)
    await visitor.wait_for_selector("html[data-ready]")
    for current in await visitor.evaluate("galleryStates"):
        await visitor.evaluate("name => showState(name)", current)
        for check in (WIDER_THAN_ITS_WINDOW, SERIOUS_FINDINGS):
            problems += [f"{current}: {found}" for found in await visitor.evaluate(check)]
    assert problems == []


async def test_the_full_screen_is_at_the_right_end_of_the_players_bar(visitor: Page) -> None:
    await visitor.goto(ORIGIN)
    await visitor.wait_for_selector("html[data-ready]")
    for state in ("room-host", "room-viewer"):
        await visitor.evaluate("name => showState(name)", state)
        video = await visitor.get_by_role("region", name="Video").bounding_box()
        button = visitor.get_by_role("button", name=re.compile("^(Fullscreen|Vollbild)$"))
        box = await button.bounding_box()
        assert video
        assert box
        assert video["x"] + video["width"] - (box["x"] + box["width"]) < 20, state
