"""Our own library: a video file played by the browser, by the video's UUID."""

import re
from collections.abc import Collection, Mapping
from typing import ClassVar
from urllib.parse import SplitResult
from uuid import UUID

from django.conf import settings
from django.http.request import validate_host

from accounts.principal import Principal
from core.database import in_database
from core.errors import NotFound
from library import growing, reach, renditions, subtitles, tokens
from library.models import Rendition, Source, Video
from library.playing import in_reach, storyboard_link, way_of_growing, ways_of
from library.receive.links import linked_video
from library.schemas import PlayableRendition, only_where, why_unplayable
from library.services import NotReady
from library.storage.base import Incomplete, Missing, NotSetUp, StorageError
from media.kinds import HLS
from playback.sources.base import (
    Audience,
    CannotPlay,
    Capabilities,
    Facts,
    MediaType,
    Playable,
    SourceAdapter,
    SourceKey,
    SubtitleTrack,
)

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PAGE = re.compile(rf"/(?:api/v1/)?videos/({_UUID})(?:/stream)?/?", re.IGNORECASE)


def _is_ours(url: SplitResult) -> bool:
    host = url.hostname or ""
    return validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS)


def may_read_elsewhere(source: Source) -> bool:
    """Tell whether our pages may read ``source`` directly; over https they may not read http."""
    return source.is_open and not (
        settings.PUBLIC_URL.startswith("https:") and not source.key.startswith("https:")
    )


class VideoGone(NotFound):
    message = "This video is no longer in the library."


class NotReadyYet(NotReady, CannotPlay):
    message = "This video is not ready to be played yet."


class FileGone(Missing, CannotPlay):
    """The video is in the library, and its bytes are not where they should be."""


class FileCut(Incomplete, CannotPlay):
    """Some of its bytes are not."""


class OutOfReach(NotSetUp, CannotPlay):
    """Waiting does not help: only the operator can bring the bytes back."""


_LOST: dict[type[StorageError], type[CannotPlay]] = {
    Missing: FileGone,
    Incomplete: FileCut,
    NotSetUp: OutOfReach,
}


class LibrarySource(SourceAdapter):
    provider: ClassVar = "library"
    title: ClassVar = "Library"
    media_types: ClassVar = frozenset({MediaType.MOVIE})
    external_id_pattern: ClassVar = re.compile(_UUID)
    supports_events: ClassVar = True
    supports_progress: ClassVar = True
    capabilities: ClassVar = Capabilities(seek=True, pause=True, resume=True, autoplay=True)

    def match(self, url: SplitResult) -> SourceKey | None:
        # Any of our names and ports will do: only the video's UUID is read from the link, and
        # check_access decides whether it may be played.
        found = _PAGE.fullmatch(url.path) if _is_ours(url) else None
        if found is None:
            return None
        return SourceKey(self.provider, MediaType.MOVIE, found[1].lower())

    def explain(self, url: SplitResult) -> str | None:
        if not _is_ours(url):
            return None
        if url.path.startswith("/r/"):
            return "This is the link of a room. Open it in your browser to join."
        return "This page of ours is not a video. Paste the link of a video's page."

    @classmethod
    def is_video(cls, key: SourceKey | None, video_id: UUID) -> bool:
        """Tell whether ``key`` is the library video ``video_id``."""
        return key is not None and (key.provider, key.external_id) == (cls.provider, str(video_id))

    async def facts(self, key: SourceKey) -> Facts:
        # The length that was measured when the file came, not what players measure.
        video = await _find(key)
        if video is None:
            return Facts()
        made_until_s = None
        if not _is_over(video) and only_where(video, is_made=False) is None:
            film = await growing.of(video)
            made_until_s = film.until_s if film else 0.0
        return Facts(video.title, video.duration_s, made_until_s)

    async def titles(self, keys: Collection[SourceKey]) -> dict[SourceKey, str]:
        return await _titles({key.external_id: key for key in keys})

    async def check_access(self, key: SourceKey, *, user_id: UUID) -> None:
        """Raise VideoGone unless the video is the person's own."""
        video = await _find(key)
        if video is None or video.owner_id != user_id:
            raise VideoGone

    async def take_file(self, url: SplitResult, *, giver: Principal) -> SourceKey | None:
        """Add the link to the giver's library."""
        video = await linked_video(owner=giver, url=url._replace(fragment="").geturl())
        return SourceKey(self.provider, MediaType.MOVIE, str(video.pk))

    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        """Return a link to this video that works for a while, and only while they are a member.

        It leads through this server for every storage: a direct link would outlive their
        membership. A link that someone pasted to watch it is no secret, and is returned itself
        if its server lets pages read it.
        """
        video = await _find(key)
        if video is None:
            raise VideoGone
        made = await renditions.published(video) if video.version else []
        is_made = renditions.is_watchable(made)
        where = only_where(video, is_made=is_made)
        copy = None if _is_over(video) else await growing.of(video)
        if where is None and copy is None and not _is_over(video):
            raise NotReadyYet
        if where is None and (problem := why_unplayable(video, is_made=is_made)):
            raise CannotPlay(problem)
        member = tokens.RoomMember(audience.room, str(audience.member), audience.now_s)
        token, expires_at = tokens.issue(
            video, ttl=settings.MEDIA_TOKEN_TTL, grant=audience.grant, member=member
        )
        original_url = None
        if copy is None or where is not None:
            is_elsewhere = not audience.through_us and may_read_elsewhere(video.source)
            original_url = video.source.key if is_elsewhere else None
            ways = ways_of(video, made, token, original_url=original_url)
        else:
            ways = []
        if copy is not None:
            # If only some browsers play the file, this is for the others.
            ways.append(way_of_growing(video, copy, token, is_default=not ways))
        best = next(way for way in ways if way.default)
        if best.url != original_url:
            ways = await _in_reach(ways, video, made)
            best = next(way for way in ways if way.default)
        return Playable(
            kind="hls" if best.mime_type == HLS.mime_type else "file",
            url=best.url,
            expires_at=expires_at,
            mime_type=best.mime_type,
            renditions=tuple(ways) if len(ways) > 1 else (),
            title=video.title,
            only_where=where,
            storyboard_url=storyboard_link(video, made, token),
            subtitles=await _subtitles(video, token),
        )


async def _in_reach(
    ways: list[PlayableRendition], video: Video, made: Collection[Rendition]
) -> list[PlayableRendition]:
    """Return the ways whose bytes are there; raise FileGone, FileCut or OutOfReach."""
    try:
        return in_reach(ways, await reach.lost_ways(video, made))
    except StorageError as error:
        raise next(ours for kind, ours in _LOST.items() if isinstance(error, kind)) from None


async def _subtitles(video: Video, token: str) -> tuple[SubtitleTrack, ...]:
    return tuple(
        SubtitleTrack(
            id=str(track.pk),
            language=track.language,
            label=track.label,
            default=track.is_default,
            url=subtitles.link(track, token),
        )
        for track in await subtitles.tracks_of(video.pk)
    )


@in_database
def _titles(keys: Mapping[str, SourceKey]) -> dict[SourceKey, str]:
    videos = Video.objects.filter(pk__in=list(keys)).values_list("pk", "title")
    return {keys[str(pk)]: title for pk, title in videos}


@in_database
def _find(key: SourceKey) -> Video | None:
    return Video.objects.select_related("source").filter(pk=key.external_id).first()


def _is_over(video: Video) -> bool:
    """Tell whether ``video`` can be played now or never, so that waiting is pointless."""
    return video.status in (Video.Status.COMPLETED, Video.Status.FAILED)
