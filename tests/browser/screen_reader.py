"""What axe-core finds hard to use with a screen reader or bad eyes on a page."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js"

# Rules that find nothing serious are left out: a quarter of the time. No other rule needs what axe
# loads before it begins.
SERIOUS_FINDINGS = """async () => {
  const isSerious = ({ impact }) => impact === "serious" || impact === "critical";
  const others = axe._audit.rules.filter(rule => rule.impact && !isSerious(rule));
  const rules = Object.fromEntries(others.map(({ id }) => [id, { enabled: false }]));
  const options = { resultTypes: ["violations"], rules, preload: false };
  return (await axe.run(options)).violations.filter(isSerious).map(
    found => `${found.id}: ${found.nodes.map(node => node.html.slice(0, 120)).join(" | ")}`);
}"""


async def find_nothing_serious(page: Page) -> None:
    """Let axe-core look at the page as it is now."""
    await page.evaluate(AXE.read_text())
    assert await page.evaluate(SERIOUS_FINDINGS) == []
