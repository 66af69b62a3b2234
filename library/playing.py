"""Where a browser gets the bytes of a video from, just now."""

import asyncio
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from django.conf import settings
from ninja import Schema

from accounts.principal import Principal
from core.errors import BadRequest
from library import services, subtitles, tokens
from library.models import Video
from library.schemas import SubtitleOut, poster_url, why_unplayable
from library.storage import registry
from library.storage.base import StorageUnavailable
from media.playability import NotPlayable

# How long a provider may take to say that it has the bytes.
PROVIDER_S = 10


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
    renditions: list[str]
    subtitles: list[SubtitleOut]


async def playback_of(video: Video, *, reader: Principal) -> VideoPlayback:
    """Return the provider's own short-lived address where it has one, else ours.

    Raises NoVideo, NotReady, NotPlayable and any StorageError.
    """
    if not video.mime_type.startswith("video/"):
        raise NoVideo
    source = services.source_of(video)
    if problem := why_unplayable(video):
        raise NotPlayable(problem)
    storage = registry.provider(source.storage)
    ttl = settings.MEDIA_TOKEN_TTL
    # Read first: the address may live a little longer than we say, never shorter.
    expires_at = (datetime.now(UTC) + ttl).replace(microsecond=0)
    try:
        async with asyncio.timeout(PROVIDER_S):
            await storage.stat(source.key)
            address = await storage.sign(source.key, ttl)
    except TimeoutError:
        raise StorageUnavailable from None
    mode: Literal["direct_url", "proxy_stream"] = "direct_url"
    # Subtitles are read through us for every storage.
    token, token_expires_at = tokens.issue(video, ttl=ttl, grant=reader.grant)
    if address is None:
        expires_at = token_expires_at
        mode, address = "proxy_stream", tokens.link(video.pk, token)
    return VideoPlayback(
        video_id=video.pk,
        media_type="video",
        provider=source.storage,
        mode=mode,
        playback_url=address,
        expires_at=expires_at,
        mime_type=video.mime_type,
        poster_url=poster_url(video.pk),
        renditions=[],
        subtitles=[
            SubtitleOut.of(track, subtitles.link(track, token))
            for track in await subtitles.tracks_of(video.pk)
        ],
    )
