"""Sharing videos: making, revoking and checking media tokens."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from accounts import grants
from accounts.principal import Principal
from core import recheck
from core.database import Batched, in_database
from core.errors import Unavailable
from core.per_loop import PerLoop
from library import services, tokens, withdrawals
from library.models import Video
from library.withdrawals import Withdrawal


async def share(*, video_id: UUID, by: Principal, ttl: timedelta) -> tuple[str, datetime]:
    """Return a token for a video of ``by``, and when it expires.

    Raises VideoNotFound, also for someone else's video, and NotReady.
    """
    video = await services.find_video(video_id=video_id, reader=by)
    services.source_of(video)
    token, expires_at = tokens.issue(video, ttl=ttl, grant=by.grant)
    none_longer = Q(shared_until=None) | Q(shared_until__lt=expires_at)
    shared = Video.objects.filter(none_longer, pk=video_id)
    await in_database(shared.update)(shared_until=expires_at)
    return token, expires_at


async def revoke(*, video_id: UUID, by: Principal) -> None:
    """Revoke all tokens of a video, and unload it from every room.

    Raises VideoNotFound, also for someone else's video, and Unavailable if rooms cannot be told.
    Then the tokens are revoked, and trying again tells the rooms.
    """
    video = await services.find_own_video(video_id=video_id, by=by)
    raised = F("token_epoch") + 1
    videos = Video.objects.filter(pk=video_id, created_at=video.created_at)
    await in_database(videos.update)(token_epoch=raised, shared_until=None)
    try:
        await withdrawals.announce(Withdrawal.of(video, "taken_back"))
    finally:
        # Last, because a member may have got a new token while the room still played it.
        await recheck.trigger()


UseCheck = Callable[[UUID], Awaitable[bool]]


async def _nowhere(_video_id: UUID) -> bool:
    return False


_is_used: UseCheck = _nowhere


def check_use_with(check: UseCheck) -> None:
    """Use ``check`` to find out whether a room plays a video, or has it in its queue.

    Set by the composition root, because this package does not know rooms.
    """
    global _is_used
    _is_used = check


async def is_shared(video: Video) -> bool:
    """Return whether others can watch ``video``: by a link, or in a room.

    True if rooms cannot be asked, so that its owner can end it all the same.
    """
    if video.shared_until is not None and video.shared_until > datetime.now(UTC):
        return True
    try:
        return await _is_used(video.pk)
    except Unavailable:
        return True


async def find_shared_video(*, video_id: UUID, token: str) -> tuple[Video, tokens.MediaGrant]:
    """Return the video that ``token`` gives access to, with its source, and the token's grant.

    Raises TokenInvalid, TokenExpired and VideoNotFound. The token itself is checked before the
    database is asked.
    """
    media_grant = tokens.read(token, video_id)
    if grants.has_ended(media_grant.grant):
        raise tokens.TokenExpired
    found = await _shared.get().ask((media_grant.member, video_id))
    if found is None:
        raise services.VideoNotFound
    if media_grant.epoch != found.video.token_epoch or not found.holds:
        raise tokens.TokenExpired
    return found.video, media_grant


@dataclass(frozen=True, slots=True)
class _Found:
    """A video, shared by several callers: do not change it."""

    video: Video
    # Whether a member's token is still valid: only while they are in the room.
    holds: bool


_Asked = tuple[tokens.RoomMember | None, UUID]


def _find_shared(asked: Collection[_Asked]) -> dict[_Asked, _Found]:
    videos = Video.objects.select_related("source").in_bulk({video_id for _, video_id in asked})
    known = [viewing for viewing in asked if viewing[1] in videos]
    holding = set(tokens.valid_viewings({(member, video) for member, video in known if member}))
    return {
        (member, video): _Found(videos[video], member is None or (member, video) in holding)
        for member, video in known
    }


_shared = PerLoop(lambda: Batched(_find_shared))
