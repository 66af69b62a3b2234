"""Videos over REST: ``/api/v1/videos``. Uploads and bytes are raw ASGI apps beside it."""

import contextlib
from dataclasses import asdict
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpResponse
from ninja import Query, Router

from accounts.authentication import SignedInRequest, required
from accounts.principal import Principal
from core.database import in_database
from core.http import INERT, errors
from library import reach, renditions, services, sharing, subtitles, tokens
from library.listing import ListQuery, page_of
from library.models import Video
from library.playing import VideoPlayback, in_reach, playback_of, storyboard_link, ways_of
from library.posters import placeholder, read_poster
from library.schemas import (
    StorageList,
    StorageOut,
    SubtitleOut,
    VideoChange,
    VideoDeleted,
    VideoDetails,
    VideoList,
    VideoOut,
)
from library.storage import registry
from library.storage.base import StorageError

router = Router(tags=["videos"])
storages_router = Router(tags=["videos"])


@router.get("", auth=required, response={200: VideoList, **errors(401, 422)})
async def list_videos(request: SignedInRequest, query: Annotated[ListQuery, Query()]) -> VideoList:
    """List your own videos; by default the newest come first."""
    page = await in_database(page_of)(request.auth.user_id, query)
    lost = await reach.lost_videos(page.videos)
    made = await renditions.watchable(page.videos)
    return VideoList(
        total=page.total,
        limit=query.limit,
        offset=query.offset,
        videos=[
            VideoOut.of(video, is_made=video.pk in made, lost=lost.get(video.pk))
            for video in page.videos
        ],
        next_cursor=page.next_cursor,
    )


@router.get("/{video_id}", auth=required, response={200: VideoDetails, **errors(401, 404)})
async def get_video(request: SignedInRequest, video_id: str) -> VideoDetails:
    """Return one of your videos, with its subtitles and renditions."""
    video = await services.find_video(video_id=services.parse_id(video_id), reader=request.auth)
    return await _shown(video, request.auth)


@router.patch(
    "/{video_id}", auth=required, response={200: VideoDetails, **errors(401, 403, 404, 422)}
)
async def change_video(request: SignedInRequest, video_id: str, body: VideoChange) -> VideoDetails:
    """Change the title of one of your videos."""
    parsed = services.parse_id(video_id)
    video = await services.rename_video(video_id=parsed, title=body.title, by=request.auth)
    return await _shown(video, request.auth)


@router.delete(
    "/{video_id}",
    auth=required,
    response={200: VideoDeleted, **errors(401, 403, 404, 502)},
)
async def delete_video(request: SignedInRequest, video_id: str) -> VideoDeleted:
    """Delete one of your videos with everything that belongs to it."""
    parsed = services.parse_id(video_id)
    await services.delete_video(video_id=parsed, by=request.auth)
    return VideoDeleted(message="Video deleted", video_id=parsed)


@router.get(
    "/{video_id}/playback",
    auth=required,
    response={200: VideoPlayback, **errors(400, 401, 404, 409, 502)},
)
async def get_playback(request: SignedInRequest, video_id: str) -> VideoPlayback:
    """Return the address at which a browser can play one of your videos, and its expiry."""
    video = await services.find_video(video_id=services.parse_id(video_id), reader=request.auth)
    return await playback_of(video, reader=request.auth)


_PICTURES = ("image/jpeg", "image/svg+xml")
_PICTURE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/{video_id}/poster",
    auth=required,
    response=errors(401, 404),
    openapi_extra={
        "responses": {
            200: {"description": "The picture", "content": dict.fromkeys(_PICTURES, _PICTURE)}
        }
    },
)
async def get_poster(request: SignedInRequest, video_id: str) -> HttpResponse:
    """Return a frame of one of your videos, or a placeholder."""
    video = await services.find_video(video_id=services.parse_id(video_id), reader=request.auth)
    jpeg = await read_poster(video)
    content, kind = (jpeg, "image/jpeg") if jpeg else (placeholder(video.pk), "image/svg+xml")
    headers = {
        # It never changes, but must not stay cached when its viewer signs out of a shared machine.
        "Cache-Control": "private, max-age=86400",
        **INERT,
    }
    return HttpResponse(content, content_type=kind, headers=headers)


async def _shown(video: Video, reader: Principal) -> VideoDetails:
    lost = await reach.lost_videos([video], even_far=True)
    tracks = [
        SubtitleOut.of(track, subtitles.link(track))
        for track in await subtitles.tracks_of(video.pk)
    ]
    made = await renditions.published(video)
    is_made = renditions.is_watchable(made)
    shown = VideoOut.of(video, is_made=is_made, lost=lost.get(video.pk))
    ways, storyboard_url = [], None
    if shown.playable or shown.only_where:
        token, _ = tokens.issue(video, ttl=settings.MEDIA_TOKEN_TTL, grant=reader.grant)
        storyboard_url = storyboard_link(video, made, token)
        # Files may be lost just now.
        with contextlib.suppress(StorageError):
            ways = in_reach(ways_of(video, made, token), await reach.lost_ways(video, made))
    return VideoDetails.completing(
        shown,
        renditions=ways,
        storyboard_url=storyboard_url,
        subtitles=tracks,
        shared=await sharing.is_shared(video),
    )


@storages_router.get("", auth=required, response={200: StorageList, **errors(401)})
async def list_storages(request: SignedInRequest) -> StorageList:
    """List the storages that you can choose for a new video."""
    return StorageList(storages=[StorageOut(**asdict(each)) for each in registry.choices()])
