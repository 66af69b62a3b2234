"""Access tokens for programs: signed JWTs that name a user.

A token carries a fingerprint of the user's password hash and epoch, so changing the password
and signing out everywhere revoke every token given out before; deleting the user does too.
It also names the session it was made with, and ends with that.
"""

from datetime import UTC, datetime
from uuid import UUID

import jwt
from django.conf import settings
from django.db.models import Exists
from django.utils.crypto import constant_time_compare

from accounts.models import EndedGrant, User
from core.errors import NotAuthenticated

_ALGORITHM = "HS256"
_AUDIENCE = "streamit"


class BadToken(NotAuthenticated):
    code = "bad_token"
    message = "The access token is malformed, expired or revoked."


def issue(user: User, *, source: str = "") -> str:
    """Return a token that stands for ``user`` until ACCESS_TOKEN_TTL is over.

    It ends with ``source``, the session it is made with, if there is one.
    """
    now = datetime.now(UTC)
    claims = {
        "sub": str(user.pk),
        "aud": _AUDIENCE,
        "iat": now,
        "exp": now + settings.ACCESS_TOKEN_TTL,
        "fp": _fingerprint(user),
        "src": source,
    }
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=_ALGORITHM)


def owner(token: str) -> tuple[User, str]:
    """Return whom ``token`` stands for, and its source; raise BadToken. Reads the database."""
    try:
        claims = jwt.decode(
            token,
            settings.SECRET_KEY,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["sub", "aud", "iat", "exp", "fp"]},
        )
        source = str(claims.get("src", ""))
        ended = EndedGrant.objects.filter(name=source)
        user = User.objects.filter(~Exists(ended), is_active=True).get(pk=UUID(claims["sub"]))
    except (jwt.InvalidTokenError, ValueError, User.DoesNotExist) as error:
        raise BadToken from error
    if not constant_time_compare(str(claims["fp"]), _fingerprint(user)):
        raise BadToken
    return user, source


def _fingerprint(user: User) -> str:
    return str(user.get_session_auth_hash())[:16]
