"""YouTube: a commanded embed, by its 11-character video id.

The link forms are those of YouTube's own share buttons, address bar and embed code;
https://developers.google.com/youtube/player_parameters describes the embed address.
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

_SITES = {
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "music.youtube.com",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
}
_SHORT_SITES = {"youtu.be", "www.youtu.be"}
_ID_IN_PATH = re.compile(r"/(?:embed|shorts|live|v|e)/([^/]+)/?")
# These stand where an id stands, and are as long as one, but name no single video.
_NOT_IDS = {"videoseries", "live_stream"}


class YouTubeSource(SourceAdapter):
    provider: ClassVar = "youtube"
    title: ClassVar = "YouTube"
    media_types: ClassVar = frozenset({MediaType.MOVIE})
    external_id_pattern: ClassVar = re.compile(
        rf"(?!(?:{'|'.join(sorted(_NOT_IDS))})$)[A-Za-z0-9_-]{{11}}"
    )
    supports_events: ClassVar = True
    supports_progress: ClassVar = True
    capabilities: ClassVar = Capabilities(seek=True, pause=True, resume=True, autoplay=True)

    def match(self, url: SplitResult) -> SourceKey | None:
        video = self._named(url)
        if video is None or not self.external_id_pattern.fullmatch(video):
            return None
        return SourceKey(self.provider, MediaType.MOVIE, video)

    def _named(self, url: SplitResult) -> str | None:
        if site(url) in _SHORT_SITES:
            return url.path.strip("/")
        path = url.path if site(url) in _SITES else path_below(url, settings.YOUTUBE_URL)
        if path is None:
            return None
        if path.rstrip("/") == "/watch":
            return parse_qs(url.query).get("v", [None])[0]
        found = _ID_IN_PATH.fullmatch(path)
        return found[1] if found else None

    def frame_origins(self) -> frozenset[str]:
        return frozenset({origin(settings.YOUTUBE_URL)})

    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        # enablejsapi=1 makes the embed listen to the page; which page, the browser adds.
        url = f"{settings.YOUTUBE_URL}/embed/{key.external_id}?enablejsapi=1"
        return Playable(kind="iframe", url=url)
