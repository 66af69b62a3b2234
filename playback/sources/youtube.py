"""YouTube: a commanded embed, by its 11-character video id.

It reads the links of YouTube's share buttons, address bar and embed code;
https://developers.google.com/youtube/player_parameters describes the embed address.
"""

import re
from collections.abc import Collection
from typing import ClassVar
from urllib.parse import SplitResult, unquote

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

# All subdomains: www, m, music, gaming, studio, img and others to come.
_DOMAINS = ("youtube.com", "youtube-nocookie.com", "youtubekids.com", "ytimg.com")
_SHORT_SITES = {"youtu.be", "www.youtu.be"}
_ID_IN_PATH = re.compile(r"/(?:embed|shorts|live|v|e|watch)/([^/]+)/?", re.IGNORECASE)
# Pages of the editor, and still pictures of a video.
_ID_BEFORE_MORE = re.compile(r"/(?:video|source|(?:vi|an)(?:_webp)?)/([^/]+)(?:/.*)?")
# Old channel pages.
_ID_IN_FRAGMENT = re.compile(r"p/(?:[\w-]+/)*[0-9]+/([^/?&]+)(?:[?&].*)?")
# Other sites that show its videos under the same paths. Most are named after their program.
_FRONTEND = re.compile(
    r"(?:www\.)?(?:yewtu\.be|hooktube\.com|piped\.video|(?:inv|invidious|piped)\.[a-z0-9.-]+)"
)
# Pages whose parameter with the id has a name of its own.
_OTHER_NAMES = {"/watch_videos": "video_ids", "/shared": "ci"}
# Other pages, by the first part of their path.
_PAGES = {
    "/playlist": "playlist",
    "/watch_videos": "playlist",
    "/podcast/": "playlist",
    "/embed/videoseries": "playlist",
    "/embed/live_stream": "channel's live stream",
    "/clip/": "clip",
    "/@": "channel",
    "/channel/": "channel",
    "/c/": "channel",
    "/user/": "channel",
    "/results": "list of search results",
    "/feed/": "list of videos",
    "/hashtag/": "list of videos",
    "/post/": "post",
}
# Any other first part of a path is the short name of a channel, except for these.
_CHANNEL = re.compile(r"/[\w.-]{3,}/?")
_NO_CHANNELS = {
    *("about", "account", "ads", "creators", "embed", "feed", "gaming", "kids", "live", "movies"),
    *("music", "new", "premium", "shorts", "sports", "trending", "upload", "watch", "watch_popup"),
}
# These appear in place of an id and have its length, but do not name a single video.
_NOT_IDS = {"videoseries", "live_stream"}


def _is_frontend(url: SplitResult) -> bool:
    return _FRONTEND.fullmatch(site(url)) is not None


def _is_own(url: SplitResult) -> bool:
    host = site(url)
    return host == "youtube.googleapis.com" or any(
        host == domain or host.endswith(f".{domain}") for domain in _DOMAINS
    )


OEMBED = "https://www.youtube.com/oembed"


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
        # Text that was copied along with an id has no letters, except an "=" from emails.
        found = re.match(
            r"(?:3D|v=)?(.{11})[^A-Za-z0-9_/-]*$", unquote(self._named(url) or ""), re.DOTALL
        )
        if found is None or not self.external_id_pattern.fullmatch(found[1]):
            return None
        return SourceKey(self.provider, MediaType.MOVIE, found[1])

    def _named(self, url: SplitResult) -> str | None:
        """Return the text at the place where ``url`` has a video id; None if there is none."""
        is_short = site(url) in _SHORT_SITES
        is_own = is_short or _is_own(url) or _is_frontend(url)
        path = url.path if is_own else path_below(url, settings.YOUTUBE_URL)
        if path is None:
            return None
        bare = path.strip("/")
        may_be_short = is_short or _is_frontend(url)
        if may_be_short and self.external_id_pattern.fullmatch(bare):
            return bare
        if found := _ID_IN_PATH.fullmatch(path) or _ID_BEFORE_MORE.fullmatch(path):
            return found[1]
        # Old links of the mobile site have everything after the #.
        fragment = url.fragment.lstrip("/!")
        inside = SplitResult("", "", "", fragment.partition("?")[2] or fragment, "")
        named = parameter(url, "v") or parameter(url, "vi") or parameter(inside, "v")
        if url.path in _OTHER_NAMES:
            named = parameter(url, _OTHER_NAMES[url.path])
        if named is None and (of_old := _ID_IN_FRAGMENT.fullmatch(fragment)):
            named = of_old[1]
        return named and named.strip("/") if named or not is_short else bare

    def explain(self, url: SplitResult) -> str | None:
        if not (_is_own(url) or site(url) in _SHORT_SITES or _is_frontend(url)):
            return None
        for beginning, name in _PAGES.items():
            if url.path.lower().startswith(beginning):
                return f"This is a YouTube {name}. Paste the link of one video."
        if parameter(url, "list") and not parameter(url, "v"):
            return "This is a YouTube playlist. Paste the link of one video."
        if self._named(url):
            return "This YouTube link is not whole: a video's id has 11 characters. Copy it again."
        if _CHANNEL.fullmatch(url.path) and url.path.strip("/").lower() not in _NO_CHANNELS:
            return "This is a YouTube channel. Paste the link of one video."
        return "This YouTube page is not a video. Paste the link of one video."

    def frame_origins(self) -> frozenset[str]:
        return frozenset({origin(settings.YOUTUBE_URL)})

    def picture(self, key: SourceKey) -> str:
        return f"https://i.ytimg.com/vi/{key.external_id}/hqdefault.jpg"

    async def titles(self, keys: Collection[SourceKey]) -> dict[SourceKey, str]:
        found = {key: oembed.known(self._about(key)) for key in keys}
        return {key: title for key, title in found.items() if title}

    async def title_of(self, key: SourceKey) -> str | None:
        return await oembed.title_at(self._about(key))

    def _about(self, key: SourceKey) -> str:
        return oembed.address_of(OEMBED, f"https://www.youtube.com/watch?v={key.external_id}")

    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        # enablejsapi=1 makes the embed listen to a page; the browser adds which page.
        url = f"{settings.YOUTUBE_URL}/embed/{key.external_id}?enablejsapi=1"
        return Playable(kind="iframe", url=url, title=oembed.known(self._about(key)))
