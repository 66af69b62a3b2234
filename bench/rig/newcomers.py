"""Viewers who join together, and when each of them knows of the whole crowd."""

import asyncio
import re
import time

from picows import WSTransport

from bench.rig.crowd import Viewer


class Expectation:
    """Waits until each of ``size`` newcomers knows that ``present`` people are there."""

    def __init__(self, size: int, *, present: int) -> None:
        self.size = size
        self.present = present
        self.welcomed_s: list[float] = []
        self.complete_s: list[float] = []
        self.refused: list[int | None] = []
        self.over = asyncio.Event()

    def complete(self) -> None:
        """Count one more who knows of everyone."""
        self.complete_s.append(time.perf_counter())
        self._count()

    def refuse(self, close_code: int | None) -> None:
        """Count one whose socket was closed before that."""
        self.refused.append(close_code)
        self._count()

    def _count(self) -> None:
        if len(self.complete_s) + len(self.refused) == self.size:
            self.over.set()


class Newcomer(Viewer):
    """Counts its PRESENCE messages, and notices when it knows of everyone."""

    _COUNT = re.compile(rb'"viewer_count":(\d+)')

    def __init__(self, expectation: Expectation) -> None:
        self._expectation = expectation
        self._complete = False
        self.presence_bytes = 0
        self.presence_messages = 0

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        super().on_ws_disconnected(transport)
        if not self._complete:
            self._expectation.refuse(self.close_code)

    def heard(self, payload: bytes) -> None:
        if payload.startswith(b'{"type":"PRESENCE"'):
            self.presence_bytes += len(payload)
            self.presence_messages += 1
        elif payload.startswith(b'{"type":"WELCOME"'):
            self._expectation.welcomed_s.append(time.perf_counter())
        if not self._complete and (found := self._COUNT.search(payload)):
            self._complete = int(found[1]) >= self._expectation.present
            if self._complete:
                self._expectation.complete()
