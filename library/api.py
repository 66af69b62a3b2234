"""Videos over REST: ``/api/v1/videos``. Uploads and bytes are raw ASGI apps beside it."""

from typing import Annotated

from ninja import Query, Router, Schema
from pydantic import Field

from accounts.authentication import SignedInRequest, required
from core.http import errors
from library import services
from library.database import in_database
from library.models import Video
from library.schemas import VideoDeleted, VideoList, VideoOut

router = Router(tags=["videos"])


class ListQuery(Schema):
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=2**31)
    status: Video.Status | None = None
    # PostgreSQL takes no NUL in a text.
    q: str = Field(
        "",
        max_length=500,
        pattern=r"^[^\x00]*$",
        description="Part of the title; case does not matter.",
    )


@router.get("", auth=required, response={200: VideoList, **errors(401, 422)})
async def list_videos(request: SignedInRequest, query: Annotated[ListQuery, Query()]) -> VideoList:
    """List your own videos, newest first."""
    return await _page(request, query)


@router.get("/{video_id}", auth=required, response={200: VideoOut, **errors(401, 404)})
async def get_video(request: SignedInRequest, video_id: str) -> Video:
    """Show one of your videos."""
    return await services.find_video(video_id=services.parse_id(video_id), reader=request.auth)


@router.delete(
    "/{video_id}", auth=required, response={200: VideoDeleted, **errors(401, 403, 404, 502, 503)}
)
async def delete_video(request: SignedInRequest, video_id: str) -> VideoDeleted:
    """Delete one of your videos and all that belongs to it."""
    parsed = services.parse_id(video_id)
    await services.delete_video(video_id=parsed, by=request.auth)
    return VideoDeleted(message="Video deleted", video_id=parsed)


@in_database
def _page(request: SignedInRequest, query: ListQuery) -> VideoList:
    videos = Video.objects.filter(owner_id=request.auth.user_id)
    if query.status:
        videos = videos.filter(status=query.status)
    if query.q:
        videos = videos.filter(title__icontains=query.q)
    found = videos[query.offset : query.offset + query.limit]
    return VideoList(
        total=videos.count(),
        limit=query.limit,
        offset=query.offset,
        videos=[VideoOut.from_orm(video) for video in found],
    )
