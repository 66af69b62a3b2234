"""Media tokens: signed, short-lived leave to read the bytes of one video.

Whoever holds one may read, several times, until it expires; it says nothing of who he is.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
from django.conf import settings

from core.errors import NotAuthenticated

_ALGORITHM = "HS256"
# Sets these apart from access tokens, which the same secret signs.
_AUDIENCE = "media"


class TokenInvalid(NotAuthenticated):
    code = "token_invalid"
    message = "This link to a video is not valid."


class TokenExpired(NotAuthenticated):
    code = "token_expired"
    message = "This link to a video has expired."


def issue(video_id: UUID, *, ttl: timedelta) -> tuple[str, datetime]:
    """Return a token for the bytes of one video, and when it expires."""
    expires_at = (datetime.now(UTC) + ttl).replace(microsecond=0)
    claims = {"aud": _AUDIENCE, "vid": str(video_id), "exp": expires_at}
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=_ALGORITHM), expires_at


def verify(token: str, video_id: UUID) -> None:
    """Raise TokenInvalid or TokenExpired unless ``token`` lets read this very video."""
    try:
        claims = jwt.decode(
            token,
            settings.SECRET_KEY,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["aud", "vid", "exp"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    except jwt.InvalidTokenError as error:
        raise TokenInvalid from error
    if claims["vid"] != str(video_id):
        raise TokenInvalid
