"""Media tokens: signed, short-lived grants to read the bytes of one video.

Whoever holds one may read, several times, until it expires or is revoked. It carries the
video's token epoch: raising that revokes all tokens of the video at once. One that was made
for a member of a room ends when they leave the room or it plays something else, and each ends
with the session, API key or account that it came from. All is looked up when a request begins,
and again while it runs when something is taken back (``library.serve.open_streams``).
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
# Sets these apart from access tokens, which the same secret signs.
_AUDIENCE = "media-grant"


class TokenInvalid(NotAuthenticated):
    code = "token_invalid"
    message = "This link to a video is not valid."


class TokenExpired(NotAuthenticated):
    """Its time is over, or it was revoked; whoever may still read gets a new one."""

    code = "token_expired"
    message = "This link to a video has expired."


@dataclass(frozen=True, slots=True)
class RoomMember:
    """A member of a room, for whom a token was made."""

    room: str
    user: str
    since_s: float  # room time at which it was made


@dataclass(frozen=True, slots=True)
class MediaGrant:
    """What a token grants that is genuine and has not expired."""

    epoch: int
    member: RoomMember | None
    grant: Grant


# Who watches in which room, and the video.
Viewing = tuple[RoomMember, UUID]
# Returns the viewings whose member may still watch this very video in that room.
ViewingCheck = Callable[[Collection[Viewing]], Collection[Viewing]]


def _no_viewing_holds(_viewings: Collection[Viewing]) -> Collection[Viewing]:
    return ()


_viewings_that_hold: ViewingCheck = _no_viewing_holds


def check_viewings_with(check: ViewingCheck) -> None:
    """Ask ``check``, from a worker thread, about viewings; it may read the database.

    The composition root calls this: rooms know their members, and we know no rooms.
    """
    global _viewings_that_hold
    _viewings_that_hold = check


def viewings_that_hold(viewings: Collection[Viewing]) -> Collection[Viewing]:
    """Return those of ``viewings`` that still hold. Reads the database."""
    return _viewings_that_hold(viewings) if viewings else ()


def issue(
    video: Video, *, ttl: timedelta, grant: Grant, member: RoomMember | None = None
) -> tuple[str, datetime]:
    """Return a token for the bytes of ``video``, and when it expires.

    It ends with ``grant``: with the session, key or account of whoever asked for it.
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
    """Return the address, relative to ours, at which ``token`` lets read."""
    return f"/api/v1/videos/{video_id}/stream?token={token}"


def rendition_link(video: Video, name: str, token: str, *, version: int | None = None) -> str:
    """Return the address, relative to ours, of a rendition; of the present version, or another.

    The token is in the path, so that names in a playlist are relative to it.
    """
    return f"/media/{token}/{video.pk}/v{version or video.version}/{name}"


def read(token: str, video_id: UUID) -> MediaGrant:
    """Raise TokenInvalid or TokenExpired unless ``token`` was made for this very video."""
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


# A player asks again and again with one token, and to check a signature is a fifth of what
# an answer costs.
@lru_cache(maxsize=2000)
def _claims(token: str, key: str) -> Mapping[str, Any]:
    """Return what ``token`` says, whether or not it has expired; raise InvalidTokenError."""
    return jwt.decode(
        token,
        key,
        algorithms=[_ALGORITHM],
        audience=_AUDIENCE,
        options={"require": ["aud", "vid", "epoch", "exp", "grant"], "verify_exp": False},
    )
