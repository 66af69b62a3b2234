"""Subtitles over REST: ``/api/v1/videos/{id}/subtitles``. Adding them is a raw ASGI app."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Status

from accounts.authentication import SignedInRequest, VisitorRequest, optional, required
from core.errors import NotAuthenticated
from core.http import INERT, errors
from library import services, sharing, subtitles
from library.schemas import SubtitleChange, SubtitleList, SubtitleOut

router = Router(tags=["videos"])

Token = Annotated[
    str | None, Query(description="A media token; it decides alone, beside a login too.")
]
_VTT: dict[str, Any] = {"text/vtt": {"schema": {"type": "string"}}}


@router.get(
    "/{video_id}/subtitles", auth=optional, response={200: SubtitleList, **errors(401, 404)}
)
async def list_subtitles(
    request: VisitorRequest, video_id: str, token: Token = None
) -> SubtitleList:
    """List the subtitles of a video: your own, or one for which you have a media token."""
    found = await _readable(request, video_id, token)
    return SubtitleList(
        subtitles=[
            SubtitleOut.of(track, subtitles.link(track, token))
            for track in await subtitles.tracks_of(found)
        ]
    )


@router.get(
    "/{video_id}/subtitles/{subtitle_id}",
    auth=optional,
    response=errors(401, 404),
    openapi_extra={"responses": {200: {"description": "WebVTT", "content": _VTT}}},
)
async def read_subtitles(
    request: VisitorRequest, video_id: str, subtitle_id: str, token: Token = None
) -> HttpResponse:
    """Return one track as WebVTT."""
    found = await _readable(request, video_id, token)
    vtt = await subtitles.read_text(found, _parse(subtitle_id))
    # A track never changes, but must not stay cached when its viewer signs out of a shared machine.
    headers = {**INERT, "Cache-Control": "private, max-age=3600"}
    if token is not None:
        # As for the video's bytes: the token is the permission, on any page.
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return HttpResponse(vtt, content_type="text/vtt; charset=utf-8", headers=headers)


@router.patch(
    "/{video_id}/subtitles/{subtitle_id}",
    auth=required,
    response={200: SubtitleOut, **errors(401, 403, 404, 422)},
)
async def change_subtitles(
    request: SignedInRequest, video_id: str, subtitle_id: str, body: SubtitleChange
) -> SubtitleOut:
    """Make a subtitle track the default of its video, or no longer."""
    video = await services.find_own_video(video_id=services.parse_id(video_id), by=request.auth)
    track = await subtitles.change(video, _parse(subtitle_id), is_default=body.default)
    return SubtitleOut.of(track, subtitles.link(track))


@router.delete(
    "/{video_id}/subtitles/{subtitle_id}",
    auth=required,
    response={204: None, **errors(401, 403, 404)},
)
async def delete_subtitles(
    request: SignedInRequest, video_id: str, subtitle_id: str
) -> Status[None]:
    """Delete a subtitle track of one of your videos."""
    video = await services.find_own_video(video_id=services.parse_id(video_id), by=request.auth)
    await subtitles.remove(video, _parse(subtitle_id))
    return Status(204, None)


async def _readable(request: VisitorRequest, video_id: str, token: str | None) -> UUID:
    """Return the id of a video that the sender may read; raise if there is none."""
    parsed = services.parse_id(video_id)
    if token is not None:
        video, _leave = await sharing.find_shared_video(video_id=parsed, token=token)
    elif request.auth is None:
        raise NotAuthenticated
    else:
        video = await services.find_video(video_id=parsed, reader=request.auth)
    return video.pk


def _parse(subtitle_id: str) -> UUID:
    try:
        return UUID(subtitle_id)
    except ValueError:
        raise subtitles.SubtitleNotFound from None
