"""Drives a player on the test page and reads what it reports."""

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Frame, Page

from tests.browser.players.sites import Site
from tests.browser.theatre import until

# What a room would say of each kind; only the provider matters to a player.
FLAGS = {
    "media_type": "movie",
    "season": None,
    "episode": None,
    "supports_events": True,
    "supports_progress": True,
    "capabilities": {"seek": True, "pause": True, "resume": True, "autoplay": True},
}
ADDRESSES = {
    "html": "/clip.mp4",
    "hls": "/hls/index.m3u8",
    "youtube": "/embed/dQw4w9WgXcQ?enablejsapi=1",
    "vimeo": "/video/76979871",
    "vidking": "/embed/movie/550",
}
KINDS = list(ADDRESSES)
OWN_ELEMENT = ("html", "hls")
# Between two frames; usual are 17 ms.
HELD_UP_S = 0.1

Event = dict[str, Any]


@dataclass
class Lab:
    """One test page with one player on it.

    On a page that is ``kept`` the next player follows the last, unless something is left of that.
    """

    page: Page
    ours: Site
    theirs: Site
    kept: bool = False
    kind: str = ""
    read: int = field(default=0)

    async def open(
        self, kind: str, address: str | None = None, *, at_once: str = "", **more: Any
    ) -> None:
        """Make a player; ``at_once`` is JavaScript done with ``player`` before it is ready.

        ``more`` is told of how to play it. Why there is no player is in ``lab.refused``.
        """
        self.kind, self.read = kind, 0
        address = address or ADDRESSES[kind]
        if kind not in OWN_ELEMENT and address.startswith("/"):
            address = self.theirs.origin() + address
        if not (self.kept and await self.end()):
            await self.page.goto(self.ours.origin() + "/lab.html")
            await self.page.wait_for_selector("[data-lab=open]")
        playable = {
            "kind": {"html": "file", "hls": "hls"}.get(kind, "iframe"),
            "url": address,
            "expires_at": None,
            "mime_type": None,
            **more,
        }
        source = {**FLAGS, "provider": kind, "external_id": "x"}
        await self.page.evaluate(
            f"([source, playable]) => lab.open(source, playable, (player) => {{ {at_once} }})",
            [source, playable],
        )

    async def end(self) -> bool:
        """End the player that is there; tell whether the page is as if there had been none."""
        return bool(await self.page.evaluate("window.lab?.end()"))

    async def ready(self, kind: str, address: str | None = None) -> None:
        await self.open(kind, address)
        await self.hears("ready")

    async def playing(self, kind: str) -> None:
        """Make a player that plays, half a second in, and forget what it reported."""
        await self.ready(kind)
        assert await self.play() == "resolved"
        await self.holds("player.currentTime > 0.5 && !player.buffering")
        await self.forget()

    async def do(self, script: str) -> Any:
        """Run JavaScript with ``player``."""
        return await self.page.evaluate(f"() => {{ const player = lab.player; return {script} }}")

    async def times(self, frames: int = 30) -> list[tuple[float, float]]:
        """Return the page's time and the player's position at so many animation frames.

        Begun anew as long as the machine holds frames up: what is seen then is no player's fault.
        """
        seen: list[tuple[float, float]] = await self.do(
            "new Promise((done) => { let seen = []; const look = () => {"
            "  const now = performance.now() / 1000;"
            f"  if (seen.length && now - seen.at(-1)[0] > {HELD_UP_S}) seen = [];"
            f"  if (seen.push([now, player.currentTime]) < {frames}) requestAnimationFrame(look);"
            "  else done(seen); }; look(); })"
        )
        return seen

    async def seeks(self, position_s: float) -> float:
        """Seek, and return the position that is told at once."""
        told: float = await self.do(
            f"((lab.sought = {{ to: {position_s}, at_ms: performance.now() }}),"
            f" player.seek({position_s}), player.currentTime)"
        )
        return told

    async def came_no_further(self) -> bool:
        """Tell whether the position has not gone on for longer than since the last seek."""
        further: bool = await self.do(
            "player.currentTime - lab.sought.to"
            " < (performance.now() - lab.sought.at_ms) / 1000 + 0.5"
        )
        return further

    async def play(self) -> str:
        """Ask it to play; return ``resolved`` or the name of the error."""
        outcome: str = await self.do("lab.outcome(player.play())")
        return outcome

    async def holds(self, condition: str) -> None:
        """Wait until a JavaScript condition about ``player`` and ``lab.log`` is true."""
        await until(self.page, f"() => {{ const {{ player, log }} = lab; return {condition} }}")

    async def hears(self, event: str) -> Event:
        """Wait until ``event`` is reported that no earlier call has read; return it."""
        handle = await until(
            self.page,
            "([event, from]) => { const index = lab.log.findIndex((e, i) => "
            "i >= from && e.event === event); "
            "return index >= 0 && { ...lab.log[index], index } }",
            arg=[event, self.read],
        )
        heard: Event = await handle.json_value()
        self.read = heard.pop("index") + 1
        return heard

    async def heard(self) -> list[Event]:
        """Return all that was reported since the last ``forget``."""
        log: list[Event] = await self.page.evaluate("lab.log")
        return log

    async def forget(self) -> None:
        self.read = 0
        await self.page.evaluate("lab.log.length = 0")

    async def blames_nobody(self) -> None:
        """Check that nothing reported so far is put down to the user."""
        heard = await self.heard()
        assert [event["event"] for event in heard if event["fromUser"]] == [], heard

    @property
    def frame(self) -> Frame:
        """The provider's page."""
        return self.page.frames[-1]

    async def user(self, control: str) -> None:
        """Let the user use the provider's own controls, or a media key."""
        if self.kind in OWN_ELEMENT:
            acts = {
                "play": "lab.mediaKeys.play()",
                "pause": "lab.mediaKeys.pause()",
                "ahead": "lab.mediaKeys.seekto({ seekTime: player.currentTime + 10 })",
                "mute": "(player.element.muted = true)",
                "faster": "(player.element.playbackRate = 2)",
            }
            await self.do(f"void {acts[control]}")
        else:
            await self.frame.click(f"#{control}")
