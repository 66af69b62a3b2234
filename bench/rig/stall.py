"""A room whose members wait for each other, while one of two browsers has a slow connection.

This is ``bench skew --stall``: a seek to a part that is not loaded yet, with one browser throttled
to a third of the film's bit rate; then its connection is fast again.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import CDPSession, Page, async_playwright

from bench.rig.browsers import launch, serving, sit_beside
from tests.browser.theatre import Person
from tests.browser.watching import Shown, now_ms, settled_after_ms, shown
from tests.rooms.people import Guest, Message, RoomSocket
from tests.support.clips import Clip, make_clip

CLIP = Clip(duration_s=90, kbit_s=3000)
FRAME_MS = 1000 / CLIP.frame_rate
JUMP_S = 40.0
AFTER_S = 12.0


@dataclass(frozen=True, slots=True)
class Scene:
    """When the slow connection started and ended, and the room's states; ms since the epoch."""

    began_ms: float
    better_ms: float
    ended_ms: float
    states: list[Message]


async def measure(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Stall one of two browsers; return how long the room waited and how it resynchronised."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(folder))
        playwright = await stack.enter_async_context(async_playwright())
        browsers = [await launch(playwright) for _ in range(2)]
        ana = await Person.arrive(browsers[0], server.url, "Ana")
        ben = await Person.arrive(browsers[1], server.url, "Ben")
        waits = {"wait": options.wait, "wait_timeout_s": options.timeout_s}
        film = await _upload(ana, make_clip(folder, CLIP).read_bytes())
        room = {"name": "Film night", "url": f"{server.url}/videos/{film}", **waits}
        code = (await ana.call("POST", "/rooms", data=room))["code"]
        pages = (await ana.enter(code), await ben.enter(code))
        control = await sit_beside(stack, ana, server, code)
        scene = await _play(control, pages, options.stall_s)
        figures = _figures(scene, *[await shown(page) for page in pages])
        for browser in browsers:
            await browser.close()
    return {**waits, "stall_s": options.stall_s, "frame_ms": round(FRAME_MS, 1), **figures}


async def _upload(person: Person, film: bytes) -> str:
    """Upload a long film over REST, because Playwright would take minutes."""
    guest = Guest.with_token(person.url, "Ana", person.id, person.token)
    file = {"file": ("film.mp4", film, "video/mp4")}
    reply = await guest.http.post("/videos", files=file, data={"title": "Film"})
    assert reply.status_code == 201, reply.text
    await guest.http.aclose()
    return str(reply.json()["id"])


async def _play(control: RoomSocket, pages: tuple[Page, Page], stall_s: float) -> Scene:
    await control.say("PLAY", position=0)
    await asyncio.sleep(5)
    slow = await pages[1].context.new_cdp_session(pages[1])
    await slow.send("Network.enable")
    await _throttle(slow, (CLIP.kbit_s or 0) * 1000 / 8 / 3)
    began_ms = await now_ms(pages[0])
    heard = len(control.heard)
    await control.say("SEEK", position=JUMP_S)
    await asyncio.sleep(stall_s)
    await _throttle(slow, -1)
    better_ms = await now_ms(pages[0])
    await asyncio.sleep(AFTER_S)
    states = [m for m in control.heard[heard:] if m["type"] == "PLAYBACK_STATE"]
    return Scene(began_ms, better_ms, await now_ms(pages[0]), states)


async def _throttle(session: CDPSession, bytes_s: float) -> None:
    await session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": bytes_s,
            "uploadThroughput": -1,
        },
    )


def _figures(scene: Scene, fast: Shown, slow: Shown) -> dict[str, object]:
    held_ms, longest_ms = _held(scene)
    agreed_ms = settled_after_ms(
        fast,
        slow,
        from_ms=scene.better_ms,
        to_ms=scene.ended_ms - 100,
        frame_ms=FRAME_MS,
        position_s=None,
    )
    return {
        "room_waited_ms": round(held_ms),
        "longest_wait_ms": round(longest_ms),
        "waits": sum(state["waiting"] is not None for state in scene.states),
        "same_frame_after_ms": None if agreed_ms is None else round(agreed_ms),
        "missed_s": {
            "fast": round(_missed_s(fast, scene.began_ms), 2),
            "slow": round(_missed_s(slow, scene.began_ms), 2),
        },
    }


def _held(scene: Scene) -> tuple[float, float]:
    """Return how long the room waited, in ms: in total, and the longest time."""
    waits, since = [], None
    for state in scene.states:
        if state["waiting"] is not None and since is None:
            since = state["at"]
        elif state["waiting"] is None and since is not None:
            waits.append(state["at"] - since)
            since = None
    if since is not None:
        waits.append(scene.ended_ms - since)
    return sum(waits), max(waits, default=0.0)


def _missed_s(screen: Shown, from_ms: float) -> float:
    """Return how many seconds of the film after the seek were skipped on a screen."""
    media = [
        at_s
        for at_ms, at_s in zip(screen.at_ms, screen.media_s, strict=True)
        if at_ms > from_ms and at_s >= JUMP_S - 1
    ]
    missed, furthest = 0.0, JUMP_S
    for at_s in media:
        # A busy machine may drop a frame or two; that is not a skip.
        if at_s - furthest > 0.2:
            missed += at_s - furthest
        furthest = max(furthest, at_s)
    return missed
