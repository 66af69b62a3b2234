"""The addresses from which browsers play a video."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from ninja import Schema
from pydantic import Field

from accounts.principal import Principal
from core.errors import BadRequest
from library import reach, renditions, services, subtitles, tokens
from library.growing import Growing
from library.models import Rendition, Video
from library.renditions import (
    FIRST_MASTER,
    Place,
    file_of,
    playlist_of,
    prefers_hls,
    sizes_of,
    storyboard_of,
)
from library.schemas import (
    PlayableRendition,
    SubtitleOut,
    media_type_of_original,
    only_where,
    poster_url,
    why_original_unplayable,
    why_unplayable,
)
from library.serve.hls import link_of_original
from library.storage import registry
from library.storage.base import StorageError, StorageUnavailable
from media.kinds import HLS
from media.playability import NotPlayable

# The time limit for a provider to confirm that it has the bytes.
PROVIDER_S = 10
SLACK = timedelta(seconds=5)


class NoVideo(BadRequest):
    code = "not_a_video"
    message = "This is not a video."


class VideoPlayback(Schema):
    video_id: UUID
    media_type: Literal["video"]
    provider: str
    mode: Literal["direct_url", "proxy_stream"]
    playback_url: str
    expires_at: datetime
    mime_type: str
    poster_url: str
    renditions: list[PlayableRendition]
    storyboard_url: str | None = Field(
        description="WebVTT that names parts of sheets of small pictures, for the seek bar."
    )
    subtitles: list[SubtitleOut]


async def playback_of(video: Video, *, reader: Principal) -> VideoPlayback:
    """Return the storage provider's short-lived address if it has one, otherwise ours.

    Raises NoVideo, NotReady, NotPlayable and any StorageError.
    """
    if not video.mime_type.startswith("video/") and video.mime_type != HLS.mime_type:
        raise NoVideo
    made = await renditions.published(video)
    is_made = renditions.is_watchable(made)
    if only_where(video, is_made=is_made) is None:
        services.source_of(video)
        if problem := why_unplayable(video, is_made=is_made):
            raise NotPlayable(problem)
    token, expires_at = tokens.issue(video, ttl=settings.MEDIA_TOKEN_TTL, grant=reader.grant)
    ways = in_reach(ways_of(video, made, token), await reach.lost_ways(video, made))
    default = next(way for way in ways if way.default)
    mode: Literal["direct_url", "proxy_stream"] = "proxy_stream"
    address = default.url
    # Playlists are not checked with a range request, because few servers support that for them.
    if default.mime_type != HLS.mime_type and (
        signed := await _signed(_place_of(default, video, made))
    ):
        mode, address = "direct_url", signed
    return VideoPlayback(
        video_id=video.pk,
        media_type="video",
        provider=video.source.storage,
        mode=mode,
        playback_url=address,
        expires_at=expires_at,
        mime_type=default.mime_type,
        poster_url=poster_url(video.pk),
        renditions=ways,
        storyboard_url=storyboard_link(video, made, token),
        subtitles=[
            SubtitleOut.of(track, subtitles.link(track, token))
            for track in await subtitles.tracks_of(video.pk)
        ],
    )


def storyboard_link(video: Video, made: Collection[Rendition], token: str) -> str | None:
    """Return the address of the storyboard for the seek bar, if there is one."""
    storyboard = storyboard_of(made)
    return tokens.rendition_link(video, storyboard.name, token) if storyboard else None


def _place_of(way: PlayableRendition, video: Video, made: Collection[Rendition]) -> Place:
    file = file_of(made)
    if way.kind != "mp4" or file is None:
        return services.original_of(video)
    return Place(file.storage, file.key, file.mime_type, file.size_bytes)


async def _signed(place: Place) -> str | None:
    storage = registry.provider(place.storage)
    try:
        async with asyncio.timeout(PROVIDER_S):
            await storage.stat(place.key)
            # Valid a little longer than announced, never shorter.
            return await storage.sign(place.key, settings.MEDIA_TOKEN_TTL + SLACK)
    except TimeoutError:
        raise StorageUnavailable from None


def ways_of(
    video: Video, made: Collection[Rendition], token: str, *, original_url: str | None = None
) -> list[PlayableRendition]:
    """Return the renditions of ``video``, one of them the default.

    ``original_url`` is the address of the original, if it is not here.
    """
    ways = []
    playlist, file = playlist_of(made), file_of(made)
    if renditions.plays_original(video, made):
        ways.append(
            PlayableRendition(
                kind="original",
                url=original_url or link_of_original(video, token),
                mime_type=video.mime_type,
                media_type=media_type_of_original(video),
                height=video.height,
            )
        )
    if file is not None:
        address = tokens.rendition_link(video, file.name, token)
        ways.append(
            PlayableRendition(kind="mp4", url=address, mime_type=file.mime_type, height=file.height)
        )
    if playlist is not None:
        address = tokens.rendition_link(video, playlist.name, token)
        ways.append(
            PlayableRendition(
                kind="hls", url=address, mime_type=playlist.mime_type, sizes=sizes_of(made)
            )
        )
    chosen = _best(video, made)
    for way in ways:
        way.default = way.kind == chosen
    return ways


def in_reach(
    ways: Collection[PlayableRendition], lost: Mapping[reach.Way, StorageError]
) -> list[PlayableRendition]:
    """Return those of ``ways`` whose bytes are there, one of them the default.

    Raises what keeps the default's away where none is left.
    """
    left = [way for way in ways if way.kind not in lost]
    if not left:
        raise next(lost[way.kind] for way in ways if way.default)
    if not any(way.default for way in left):
        left[-1].default = True
    return left


def way_of_growing(
    video: Video, film: Growing, token: str, *, is_default: bool = True
) -> PlayableRendition:
    """Return the rendition for the finished part, ``film``, of ``video``."""
    return PlayableRendition(
        kind="hls",
        url=tokens.rendition_link(video, FIRST_MASTER, token, version=film.version),
        mime_type=HLS.mime_type,
        default=is_default,
    )


def _best(video: Video, made: Collection[Rendition]) -> Literal["original", "hls", "mp4"]:
    """Return the kind of the default rendition of ``video``."""
    if prefers_hls(video, made):
        return "hls"
    is_original = renditions.plays_original(video, made) and not why_original_unplayable(video)
    return "original" if is_original or not file_of(made) else "mp4"
