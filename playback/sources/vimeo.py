"""Vimeo: a commanded embed, by the video's number.

An unlisted video has a hash beside its number, without which it cannot be seen. The two
are one identifier, ``NUMBER:HASH``; https://developer.vimeo.com/player/sdk/embed calls the
hash ``h``.
"""

import re
from typing import ClassVar
from urllib.parse import SplitResult, parse_qs

from django.conf import settings

from playback.sources.base import (
    Audience,
    Capabilities,
    MediaType,
    Playable,
    SourceAdapter,
    SourceKey,
)
from playback.sources.links import origin, path_below, site

_SITES = {"vimeo.com", "www.vimeo.com"}
_PAGE = re.compile(
    r"/(?:channels/[\w-]+/|groups/[\w-]+/videos/|(?:album|showcase)/[0-9]+/video/"
    r"|ondemand/[\w-]+/|manage/videos/)?"
    r"([0-9]+)(?:/([0-9a-f]+))?/?"
)
_EMBED = re.compile(r"/video/([0-9]+)(?:/([0-9a-f]+))?/?")


class VimeoSource(SourceAdapter):
    provider: ClassVar = "vimeo"
    title: ClassVar = "Vimeo"
    media_types: ClassVar = frozenset({MediaType.MOVIE})
    external_id_pattern: ClassVar = re.compile(r"[1-9][0-9]{0,11}(?::[0-9a-f]{8,40})?")
    supports_events: ClassVar = True
    supports_progress: ClassVar = True
    capabilities: ClassVar = Capabilities(seek=True, pause=True, resume=True, autoplay=True)

    def match(self, url: SplitResult) -> SourceKey | None:
        if site(url) in _SITES:
            found = _PAGE.fullmatch(url.path)
        elif site(url) == "player.vimeo.com":
            found = _EMBED.fullmatch(url.path)
        else:
            found = _EMBED.fullmatch(path_below(url, settings.VIMEO_URL) or "")
        if found is None:
            return None
        number, unlisted = found.groups()
        unlisted = unlisted or parse_qs(url.query).get("h", [None])[0]
        external_id = f"{number}:{unlisted}" if unlisted else number
        if not self.external_id_pattern.fullmatch(external_id):
            return None
        return SourceKey(self.provider, MediaType.MOVIE, external_id)

    def frame_origins(self) -> frozenset[str]:
        return frozenset({origin(settings.VIMEO_URL)})

    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        number, _, unlisted = key.external_id.partition(":")
        query = f"?h={unlisted}" if unlisted else ""
        return Playable(kind="iframe", url=f"{settings.VIMEO_URL}/video/{number}{query}")
