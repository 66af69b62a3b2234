"""Media tokens: signed, short-lived grants to read the bytes of one video.

Anyone who has a token may read, several times, until it expires or is revoked. It contains the
video's token epoch: raising that revokes all tokens of the video at once. A room member's token
ends when they leave the room or it plays something else, and every token ends with the session, API
key or account that it was issued for. All of this is checked when a request begins, and again
during the request after a revocation (``library.serve.open_streams``).
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings

from accounts.principal import Grant
from core.errors import NotAuthenticated
from library.models import Video

_ALGORITHM = "HS256"
# Distinguishes them from access tokens, which are signed with the same secret.
_AUDIENCE = "media-grant"


class TokenInvalid(NotAuthenticated):
    code = "token_invalid"
    message = "This link to a video is not valid."


class TokenExpired(NotAuthenticated):
    """It has expired or was revoked. People who may still read can get a new one."""

    code = "token_expired"
    message = "This link to a video has expired."


@dataclass(frozen=True, slots=True)
class RoomMember:
    """The room member that a token was made for."""

    room: str
    user: str
    since_s: float  # room time at which it was made


@dataclass(frozen=True, slots=True)
class MediaGrant:
    """The contents of a valid token."""

    epoch: int
    member: RoomMember | None
    grant: Grant


# Who watches in which room, and which video.
Viewing = tuple[RoomMember, UUID]
# Returns the viewings whose member may still watch the video in that room.
ViewingCheck = Callable[[Collection[Viewing]], Collection[Viewing]]


def _no_valid_viewings(_viewings: Collection[Viewing]) -> Collection[Viewing]:
    return ()


_viewings_that_hold: ViewingCheck = _no_valid_viewings


def check_viewings_with(check: ViewingCheck) -> None:
    """Use ``check``, called in a worker thread, to check viewings; it may read the database.

    Set by the composition root, because this package does not know rooms.
    """
    global _viewings_that_hold
    _viewings_that_hold = check


def valid_viewings(viewings: Collection[Viewing]) -> Collection[Viewing]:
    """Return those of ``viewings`` that are still valid. Reads the database."""
    return _viewings_that_hold(viewings) if viewings else ()


def issue(
    video: Video, *, ttl: timedelta, grant: Grant, member: RoomMember | None = None
) -> tuple[str, datetime]:
    """Return a token for the bytes of ``video``, and when it expires.

    It ends with ``grant``: the session, key or account that it is issued for.
    """
    expires_at = (datetime.now(UTC) + ttl).replace(microsecond=0)
    claims = {
        "aud": _AUDIENCE,
        "vid": str(video.pk),
        "epoch": video.token_epoch,
        "exp": expires_at,
        "grant": [grant.account, grant.source],
    }
    if member is not None:
        claims["member"] = asdict(member)
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=_ALGORITHM), expires_at


def link(video_id: UUID, token: str) -> str:
    """Return the relative address at which ``token`` reads the video."""
    return f"/api/v1/videos/{video_id}/stream?token={token}"


def rendition_link(video: Video, name: str, token: str, *, version: int | None = None) -> str:
    """Return the relative address of a rendition, by default of the current version.

    The token is in the path, so that names in a playlist are relative to it.
    """
    return f"/media/{token}/{video.pk}/v{version or video.version}/{name}"


def read(token: str, video_id: UUID) -> MediaGrant:
    """Return what a token for this video grants; raise TokenInvalid or TokenExpired."""
    try:
        claims = _claims(token, settings.SECRET_KEY)
    except jwt.InvalidTokenError as error:
        raise TokenInvalid from error
    if claims["vid"] != str(video_id):
        raise TokenInvalid
    if claims["exp"] <= time.time():
        raise TokenExpired
    member = claims.get("member")
    return MediaGrant(
        epoch=claims["epoch"],
        member=RoomMember(**member) if member else None,
        grant=Grant(*claims["grant"]),
    )


# A player sends many requests with one token, and checking a signature is a fifth of the cost of an
# answer.
@lru_cache(maxsize=2000)
def _claims(token: str, key: str) -> Mapping[str, Any]:
    """Return the claims of ``token``, even if it has expired; raise InvalidTokenError."""
    return jwt.decode(
        token,
        key,
        algorithms=[_ALGORITHM],
        audience=_AUDIENCE,
        options={"require": ["aud", "vid", "epoch", "exp", "grant"], "verify_exp": False},
    )
