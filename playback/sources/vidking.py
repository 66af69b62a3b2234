"""Vidking: a passive embed, by the TMDB number of a movie or of a show's episode.

The address only names the work. Preferences (``color``, ``autoPlay``, ``nextEpisode``,
``episodeSelector``, ``progress``) are appended by the browser and never reach the server.
https://www.vidking.net/#documentation describes both.
"""

import re
from typing import ClassVar
from urllib.parse import SplitResult

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

_SITES = {"vidking.net", "www.vidking.net"}
_MOVIE = re.compile(r"/embed/movie/([1-9][0-9]{0,9})/?")
_EPISODE = re.compile(r"/embed/tv/([1-9][0-9]{0,9})/([0-9]{1,4})/([0-9]{1,5})/?")
_TMDB_SITES = {"themoviedb.org", "www.themoviedb.org", "m.themoviedb.org"}
_IMDB_SITES = {"imdb.com", "www.imdb.com", "m.imdb.com"}
# Pages about the work have more path after it.
_TMDB_MOVIE = re.compile(r"/movie/([1-9][0-9]{0,9})(?:-[^/]*)?(?:/[a-z].*)?/?")
_TMDB_EPISODE = re.compile(
    r"/tv/([1-9][0-9]{0,9})(?:-[^/]*)?/season/([0-9]{1,4})/episode/([0-9]{1,5})(?:/[a-z].*)?/?"
)


class VidkingSource(SourceAdapter):
    provider: ClassVar = "vidking"
    title: ClassVar = "Vidking"
    media_types: ClassVar = frozenset(MediaType)
    external_id_pattern: ClassVar = re.compile(r"[1-9][0-9]{0,9}")
    supports_events: ClassVar = True
    supports_progress: ClassVar = True
    capabilities: ClassVar = Capabilities(seek=True, pause=True, resume=True, autoplay=True)
    start_parameters: ClassVar = ("progress", "t", "start")

    def match(self, url: SplitResult) -> SourceKey | None:
        if site(url) in _TMDB_SITES:
            path, movie_form, episode_form = url.path, _TMDB_MOVIE, _TMDB_EPISODE
        else:
            below = url.path if site(url) in _SITES else path_below(url, settings.VIDKING_URL)
            path, movie_form, episode_form = below or "", _MOVIE, _EPISODE
        if movie := movie_form.fullmatch(path):
            return SourceKey(self.provider, MediaType.MOVIE, movie[1])
        if show := episode_form.fullmatch(path):
            return SourceKey(self.provider, MediaType.TV, show[1], int(show[2]), int(show[3]))
        return None

    def explain(self, url: SplitResult) -> str | None:
        if site(url) in _IMDB_SITES:
            return "IMDb's numbers are not known here. Paste the film's page at themoviedb.org."
        if site(url) not in _SITES | _TMDB_SITES:
            return None
        if re.match(r"/(?:embed/)?tv/", url.path):
            return "This is a whole show or season. Paste the link of one episode."
        if site(url) in _TMDB_SITES:
            return "This TMDB page is not a film. Paste the link of a film, or of one episode."
        return "Vidking takes films and episodes by their TMDB numbers. This link names none."

    def frame_origins(self) -> frozenset[str]:
        return frozenset({origin(settings.VIDKING_URL)})

    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        work = f"{key.media_type}/{key.external_id}"
        if key.media_type is MediaType.TV:
            work += f"/{key.season}/{key.episode}"
        return Playable(kind="iframe", url=f"{settings.VIDKING_URL}/embed/{work}")
