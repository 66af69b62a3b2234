"""Vimeo: a commanded embed, by the video's number.

An unlisted video also has a hash, without which it cannot be played. Together they are one
identifier, ``NUMBER:HASH``; https://developer.vimeo.com/player/sdk/embed calls the hash ``h``.
"""

import re
from collections.abc import Collection
from typing import ClassVar
from urllib.parse import SplitResult

from django.conf import settings

from playback.sources import oembed
from playback.sources.base import (
    Audience,
    Capabilities,
    MediaType,
    Playable,
    SourceAdapter,
    SourceKey,
)
from playback.sources.links import origin, parameter, path_below, site

_SITES = {"vimeo.com", "www.vimeo.com", "m.vimeo.com", "vimeopro.com", "www.vimeopro.com"}
_PAGE = re.compile(
    r"/(?:videos/|clip:|embed/|api/v2/video/|couchmode/(?:[\w:-]+/)*|channels/[\w-]+/|groups/[\w-]+/videos/|(?:album|showcase)/[0-9]+/video/"
    r"|ondemand/[\w-]+/|manage/videos/|video/|m/|user[0-9]+/(?:review|videos|download)/|event/[0-9]+/videos?/"
    r"|reviews/[0-9a-f-]+/videos/|[\w-]+/(?:[\w-]+/)?video/)?"
    # Longer paths are pages about the video.
    r"([0-9]+)(?:/([0-9a-fA-F]{6,}))?"
    r"(?:/(?:comments|description|embed2?|likes|privacy|recommended|settings|stats)"
    r"|\.(?:json|php|xml))?/?"
)
# Old pages have the video after the #.
_PAGE_OF_OLD = re.compile(r"/(?:hd|channels/[\w-]+|groups/[\w-]+)?/?")
# The owner's pages have more path after the video.
_MANAGED = re.compile(r"/manage/(?:videos/)?([0-9]+)(?:/([0-9a-fA-F]{8,}))?(?:/[a-z][a-z-]*)*/?")
_SHOWCASE = re.compile(r"/(?:album|showcase)/[0-9]+(?:/embed2?)?/?")
_PAGES = {
    "/channels/": "channel",
    "/groups/": "group",
    "/album/": "showcase",
    "/showcase/": "showcase",
    "/ondemand/": "page of a film on demand",
    "/event/": "live event",
    "/user": "person's page",
    "/categories/": "category",
    "/search": "list of search results",
}
_EMBED = re.compile(r"/video/([0-9]+)(?:/([0-9a-fA-F]+))?(?:/config)?/?")
OEMBED = "https://vimeo.com/api/oembed.json"


class VimeoSource(SourceAdapter):
    provider: ClassVar = "vimeo"
    title: ClassVar = "Vimeo"
    media_types: ClassVar = frozenset({MediaType.MOVIE})
    external_id_pattern: ClassVar = re.compile(r"[1-9][0-9]{0,11}(?::[0-9a-f]{8,40})?")
    supports_events: ClassVar = True
    supports_progress: ClassVar = True
    capabilities: ClassVar = Capabilities(seek=True, pause=True, resume=True, autoplay=True)
    start_parameters: ClassVar = ("t", "at", "start")

    def match(self, url: SplitResult) -> SourceKey | None:
        found = self._found(url)
        if found is None:
            return None
        number, unlisted = found
        unlisted = unlisted or parameter(url, "h")
        external_id = f"{number}:{unlisted.lower()}" if unlisted else number
        if not self.external_id_pattern.fullmatch(external_id):
            return None
        return SourceKey(self.provider, MediaType.MOVIE, external_id)

    def _found(self, url: SplitResult) -> tuple[str, str | None] | None:
        """Return the number and the hash from the path, or from the fragment of old links."""
        if site(url) not in _SITES:
            own = site(url) == "player.vimeo.com"
            path = url.path if own else path_below(url, settings.VIMEO_URL)
            found = _EMBED.fullmatch(path or "")
        elif _SHOWCASE.fullmatch(url.path) or url.path == "/moogaloop.swf":
            number = parameter(url, "video") or parameter(url, "clip_id")
            return (number, None) if number else None
        elif _PAGE_OF_OLD.fullmatch(url.path) and url.fragment.isdecimal():
            return url.fragment, None
        else:
            found = _PAGE.fullmatch(url.path) or _MANAGED.fullmatch(url.path)
        return (found[1], found[2]) if found else None

    def explain(self, url: SplitResult) -> str | None:
        if site(url) not in {*_SITES, "player.vimeo.com"}:
            return None
        for beginning, name in _PAGES.items():
            if url.path.startswith(beginning):
                return f"This is a Vimeo {name}. Paste the link of one video."
        return "This Vimeo page is not a video. Paste the link of one video."

    def frame_origins(self) -> frozenset[str]:
        return frozenset({origin(settings.VIMEO_URL)})

    async def titles(self, keys: Collection[SourceKey]) -> dict[SourceKey, str]:
        found = {key: oembed.known(self._about(key)) for key in keys}
        return {key: title for key, title in found.items() if title}

    async def title_of(self, key: SourceKey) -> str | None:
        return await oembed.title_at(self._about(key))

    def _about(self, key: SourceKey) -> str:
        return oembed.address_of(OEMBED, "https://vimeo.com/" + key.external_id.replace(":", "/"))

    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        number, _, unlisted = key.external_id.partition(":")
        query = f"?h={unlisted}" if unlisted else ""
        title = oembed.known(self._about(key))
        url = f"{settings.VIMEO_URL}/video/{number}{query}"
        return Playable(kind="iframe", url=url, title=title)
