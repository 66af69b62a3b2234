"""Media tokens: signed, short-lived leave to read the bytes of one video.

Whoever holds one may read, several times, until it expires or is revoked. It carries the
video's token epoch: raising that revokes all tokens of the video at once. One that is bound
to a place in a room dies with that place too, and each dies with the session, API key or
account that it came from. All is looked up when a request begins, and again while it runs when
something is taken back (``library.serve.running``).
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
_AUDIENCE = "media"


class TokenInvalid(NotAuthenticated):
    code = "token_invalid"
    message = "This link to a video is not valid."


class TokenExpired(NotAuthenticated):
    """Its time is over, or it was revoked; whoever may still read gets a new one."""

    code = "token_expired"
    message = "This link to a video has expired."


@dataclass(frozen=True, slots=True)
class Bond:
    """A member's place in a room, on which a token hangs besides its own time."""

    room: str
    member: str
    since_s: float  # room time


@dataclass(frozen=True, slots=True)
class Leave:
    """What a token says that is genuine and has not expired."""

    epoch: int
    bond: Bond | None
    grant: Grant


# A place, and the video that is watched from there.
Watch = tuple[Bond, UUID]
# Returns the watches whose place still stands, and is one from which to watch this very video.
WatchCheck = Callable[[Collection[Watch]], Collection[Watch]]


def _no_watch_holds(_watches: Collection[Watch]) -> Collection[Watch]:
    return ()


_watches_that_hold: WatchCheck = _no_watch_holds


def check_watches_with(check: WatchCheck) -> None:
    """Ask ``check``, from a worker thread, about watches; it may read the database.

    The composition root calls this: rooms know their places, and we know no rooms.
    """
    global _watches_that_hold
    _watches_that_hold = check


def watches_that_hold(watches: Collection[Watch]) -> Collection[Watch]:
    """Return those of ``watches`` that still hold. Reads the database."""
    return _watches_that_hold(watches) if watches else ()


def issue(
    video: Video, *, ttl: timedelta, grant: Grant, bond: Bond | None = None
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
    if bond is not None:
        claims["bond"] = asdict(bond)
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=_ALGORITHM), expires_at


def link(video_id: UUID, token: str) -> str:
    """Return the address, relative to ours, at which ``token`` lets read."""
    return f"/api/v1/videos/{video_id}/stream?token={token}"


def read(token: str, video_id: UUID) -> Leave:
    """Raise TokenInvalid or TokenExpired unless ``token`` was made for this very video."""
    try:
        claims = _claims(token, settings.SECRET_KEY)
    except jwt.InvalidTokenError as error:
        raise TokenInvalid from error
    if claims["vid"] != str(video_id):
        raise TokenInvalid
    if claims["exp"] <= time.time():
        raise TokenExpired
    bond = claims.get("bond")
    return Leave(
        epoch=claims["epoch"],
        bond=Bond(**bond) if bond else None,
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
