"""Access tokens for programs: signed JWTs that name a user.

A token carries a fingerprint of the user's password hash and epoch, so changing the password
and signing out everywhere revoke every token given out before; deleting the user does too.
It also names the session it was made with, and ends with that.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import jwt
from django.conf import settings
from django.utils.crypto import constant_time_compare

from accounts.models import EndedGrant, User
from core.database import Batched
from core.errors import NotAuthenticated
from core.per_loop import PerLoop

_ALGORITHM = "HS256"
_AUDIENCE = "streamit"


class BadToken(NotAuthenticated):
    code = "bad_token"
    message = "The access token is malformed, expired or revoked."


def issue(user: User, *, source: str = "") -> str:
    """Return an access token for ``user``, valid for ACCESS_TOKEN_TTL.

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


async def owner(token: str) -> tuple[User, str]:
    """Return the user of ``token``, and its source; raise BadToken.

    The user object may be shared with other requests: do not change it.
    """
    try:
        claims = jwt.decode(
            token,
            settings.SECRET_KEY,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["sub", "aud", "iat", "exp", "fp"]},
        )
        named = UUID(claims["sub"]), str(claims.get("src", ""))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise BadToken from error
    user = await _owners.get().ask(named)
    if user is None or not constant_time_compare(str(claims["fp"]), _fingerprint(user)):
        raise BadToken
    return user, named[1]


# A user's id and the name of a session.
_Named = tuple[UUID, str]


def _find_owners(named: Collection[_Named]) -> dict[_Named, User]:
    ended = EndedGrant.objects.filter(name__in={source for _, source in named if source})
    over = set(ended.values_list("name", flat=True))
    found = User.objects.filter(is_active=True, pk__in={user_id for user_id, _ in named})
    users = {user.pk: user for user in found}
    return {
        (user_id, source): users[user_id]
        for user_id, source in named
        if user_id in users and source not in over
    }


_owners = PerLoop(lambda: Batched(_find_owners))


def _fingerprint(user: User) -> str:
    return str(user.get_session_auth_hash())[:16]
