"""Whether viewers who have stopped reading delay the others.

The same room gives the same commands and chat three times: without them, beside them, and
when the server has let go of them.
"""

import argparse
import asyncio
import json
import re
import socket
import time
from contextlib import AsyncExitStack

import httpx2
from picows import WSTransport

from bench.rig import crowd, report, system
from bench.rig.crowd import Audience, Listener, Viewer
from bench.rig.report import Figures

# Chat before each command, so that what waits for those who do not read grows quickly.
CHATS = 8
TEXT = "x" * 480
RECEIVE_BUFFER_BYTES = 4096
DROPPED_WITHIN_S = 60.0


class Stalled(Viewer):
    """A viewer who reads nothing after the handshake."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        super().on_ws_connected(transport)
        connection = transport.underlying_transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        transport.underlying_transport.pause_reading()


class Show:
    """A host who gives commands and chats, numbered on and on."""

    def __init__(self, host: Listener, audience: Audience) -> None:
        self._host, self._audience, self._number = host, audience, 0

    async def play(self, commands: int) -> Figures:
        """Give so many commands; return the latencies of those who read."""
        self._audience.forget()
        for _ in range(commands):
            self._number += 1
            for chat in range(CHATS):
                text = f"{self._number} {chat} {TEXT}"
                self._host.say(json.dumps({"type": "CHAT", "text": text}))
            seek = {"type": "SEEK", "position": float(self._number), "id": f"c{self._number}"}
            await self._audience.told(self._host, json.dumps(seek))
        return report.latencies_ms(self._audience.latencies_s)


async def measure(options: argparse.Namespace) -> Figures:
    """Return the latencies of all three times, and how many were let go of."""
    async with AsyncExitStack() as stack:
        under_test = stack.enter_context(system.running())
        rest = await stack.enter_async_context(under_test.rest())
        people = under_test.people(options.viewers)
        code = await crowd.create_room(rest, people[0])
        audience = Audience(options.viewers)
        listeners = [Listener(audience) for _ in people]
        await crowd.connect_all(await crowd.tickets(rest, code, people), listeners)
        await stack.enter_async_context(crowd.leaving(listeners))
        await crowd.settled(listeners)
        show = Show(listeners[0], audience)
        await show.play(options.commands // 4)  # what is done for the first time is slow
        without = await show.play(options.commands)
        before = under_test.account()
        lazy = [Stalled() for _ in range(options.stalled)]
        urls = await crowd.tickets(rest, code, under_test.people(options.stalled))
        await crowd.connect_all(urls, lazy)
        await stack.enter_async_context(crowd.leaving(lazy))
        beside = await show.play(options.commands)
        grown_bytes = (under_test.account() - before).rss_bytes
        dropped, waited_s = await _dropped(rest, options.stalled)
        after = await show.play(options.commands)
    undisturbed_ms = max(without["p99_ms"], after["p99_ms"])
    return {
        "viewers": options.viewers,
        "stalled": options.stalled,
        "commands": options.commands,
        "without": without,
        "beside": beside,
        "after": after,
        "p99_beside_to_undisturbed": round(beside["p99_ms"] / undisturbed_ms, 2),
        "kb_per_stalled": round(grown_bytes / options.stalled / 1024, 1),
        "dropped_4408": dropped,
        "dropped_after_s": round(waited_s, 1),
    }


async def _dropped(rest: httpx2.AsyncClient, expected: int) -> tuple[int, float]:
    """Wait until ``expected`` sockets were closed with 4408; return how many, and how long."""
    began_s = time.monotonic()
    address = rest.base_url.copy_with(path="/metrics")
    while True:
        text = (await rest.get(address)).text
        found = re.search(r'^streamit_socket_closes_total\{code="4408"\} (\S+)', text, re.MULTILINE)
        dropped = int(float(found[1])) if found else 0
        waited_s = time.monotonic() - began_s
        if dropped >= expected or waited_s > DROPPED_WITHIN_S:
            return dropped, waited_s
        await asyncio.sleep(0.2)


def main() -> None:
    parser = report.options("stalled", __doc__)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--stalled", type=int, default=20)
    parser.add_argument("--commands", type=int, default=300)
    report.run("stalled", parser, measure)


if __name__ == "__main__":
    main()
