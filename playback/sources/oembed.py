"""The title of a video at its site, from oEmbed (https://oembed.com), cached for a while.

Titles are never stored with a room. Nothing waits for one for long: if a site does not answer, a
general name is shown.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from urllib.parse import urlencode

from django.conf import settings
from pydantic_core import from_json

from core.per_loop import PerLoop
from core.text import TITLE_MAX, tidy_line
from library.storage.addresses import Rules
from library.storage.base import StorageError
from library.storage.web import Patience, Web, body

ANSWER_S = 2.0
KEPT_S, SILENCE_KEPT_S = 6 * 3600.0, 300.0
MOST_KEPT = 5000
MOST_BYTES = 64 * 1024
# Requests at the same time; beyond that no titles are asked for.
MOST_AT_ONCE = 20


class _Titles:
    def __init__(self) -> None:
        patience = Patience(connect_s=ANSWER_S, headers_s=ANSWER_S, read_s=ANSWER_S)
        self._web = Web(Rules(), patience)
        self._kept: OrderedDict[str, tuple[float, str | None]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[None]] = {}

    def known(self, address: str) -> str | None:
        """Return the title at ``address`` if it is known; otherwise begin to ask for it."""
        until_s, title = self._kept.get(address, (0.0, None))
        is_wanted = time.monotonic() >= until_s and address not in self._asking
        if is_wanted and settings.TITLES and len(self._asking) < MOST_AT_ONCE:
            self._asking[address] = asyncio.create_task(self._ask(address))
        return title

    async def title_at(self, address: str) -> str | None:
        """Return the title; wait a moment for it if it is not known."""
        title = self.known(address)
        if title is None and (asking := self._asking.get(address)) is not None:
            await asyncio.wait({asking})
        return self.known(address)

    async def _ask(self, address: str) -> None:
        title = None
        try:
            with contextlib.suppress(StorageError, TimeoutError, ValueError):
                async with asyncio.timeout(ANSWER_S):
                    title = await self._title(address)
        finally:
            kept_s = KEPT_S if title else SILENCE_KEPT_S
            self._kept[address] = time.monotonic() + kept_s, title
            self._kept.move_to_end(address)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            del self._asking[address]

    async def _title(self, address: str) -> str | None:
        async with self._web.get(address, {"Accept": "application/json"}) as response:
            if response.status_code != 200:
                return None
            content = b""
            async with contextlib.aclosing(body(response)) as chunks:
                async for chunk in chunks:
                    content += chunk
                    if len(content) > MOST_BYTES:
                        return None
        told = from_json(content)
        title = told.get("title") if isinstance(told, dict) else None
        return tidy_line(title, at_most=TITLE_MAX) or None if isinstance(title, str) else None


_titles = PerLoop(_Titles)


def address_of(endpoint: str, video_url: str) -> str:
    """Return the address at which ``endpoint`` describes the video at ``video_url``."""
    return f"{endpoint}?{urlencode({'format': 'json', 'url': video_url})}"


def known(address: str) -> str | None:
    """Return the title at ``address`` if it is known; otherwise begin to ask for it."""
    return _titles.get().known(address)


async def title_at(address: str) -> str | None:
    """Return the title at ``address``; None if the site does not answer within ANSWER_S."""
    return await _titles.get().title_at(address)
