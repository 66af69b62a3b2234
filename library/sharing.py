"""Letting others watch: tokens made, revoked, and spent on a video's bytes."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from accounts.principal import Principal
from core.errors import Forbidden
from library import services, tokens
from library.database import in_database, in_open_database
from library.models import Video


async def share(*, video_id: UUID, by: Principal, ttl: timedelta) -> tuple[str, datetime]:
    """Return a token for a video of ``by``, and when it expires.

    Raises VideoNotFound, for another's video too, and NotReady.
    """
    video = await services.find_video(video_id=video_id, reader=by)
    services.source_of(video)
    return tokens.issue(video, ttl=ttl)


async def revoke(*, video_id: UUID, by: Principal) -> None:
    """End every token of a video; raise VideoNotFound, or Forbidden for another's."""
    video = await services.find_video(video_id=video_id, reader=None)
    if video.owner_id != by.user_id:
        raise Forbidden("Only its owner may revoke the links to a video.")
    raised = F("token_epoch") + 1
    await in_database(Video.objects.filter(pk=video_id).update)(token_epoch=raised)


@in_open_database
def find_shared_video(*, video_id: UUID, token: str) -> Video:
    """Return the video, with its source, that ``token`` lets read.

    Raises TokenInvalid, TokenExpired and VideoNotFound. One visit to the database for each
    request; the token's own facts are checked before it.
    """
    leave = tokens.read(token, video_id)
    try:
        video = Video.objects.select_related("source").get(pk=video_id)
    except Video.DoesNotExist:
        raise services.VideoNotFound from None
    tokens.refuse_if_revoked(leave, video)
    return video
