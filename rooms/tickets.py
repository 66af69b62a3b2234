"""Tickets and resume tokens: signed, and good for opening one room's socket once.

A ticket comes from REST and is valid for a minute. A resume token comes in WELCOME and lets the
same person come back without a REST call. Both are JSON Web Tokens (RFC 7519), and end with the
session or API key that they were issued for.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import jwt
from django.conf import settings

from accounts.principal import Grant
from core.errors import NotAuthenticated

TICKET_TTL = timedelta(seconds=60)
RESUME_TTL = timedelta(hours=24)
_AUDIENCE = "room"


class BadTicket(NotAuthenticated):
    """Not a ticket for this room, or used or expired. Joining over REST gives a new one."""

    code = "bad_ticket"
    message = "This ticket is not valid any more. Join the room again."


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may open the socket of which room. Each ``id`` can be used once."""

    code: str
    user_id: str
    name: str
    id: str
    issued_at_s: float
    expires_at_s: float
    grant: Grant

    @property
    def is_resume_token(self) -> bool:
        # Its date is that of the ticket it goes back to, so it is valid for a day or more.
        return self.expires_at_s - self.issued_at_s > 2 * TICKET_TTL.total_seconds()


def issue(
    *,
    code: str,
    user_id: str,
    name: str,
    grant: Grant,
    now_s: float,
    ttl: timedelta,
    since_s: float | None = None,
) -> str:
    """Return a new signed ticket; ``since_s`` is the date of the ticket that it renews, if any."""
    claims = {
        "aud": _AUDIENCE,
        "room": code,
        "sub": user_id,
        "name": name,
        "grant": [grant.account, grant.source],
        "jti": secrets.token_urlsafe(12),
        "iat": now_s if since_s is None else since_s,
        "exp": now_s + ttl.total_seconds(),
    }
    return jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")


def read(token: str, *, code: str, now_s: float) -> Ticket:
    """Return the ticket for room ``code`` that ``token`` holds; raise BadTicket.

    Its times are room time, so the expiry is checked here and not by the library.
    """
    try:
        claims = jwt.decode(
            token,
            settings.SECRET_KEY,
            algorithms=["HS256"],
            audience=_AUDIENCE,
            options={
                "verify_exp": False,
                "verify_iat": False,
                "require": ["room", "sub", "name", "grant", "jti", "iat", "exp"],
            },
        )
    except jwt.InvalidTokenError:
        raise BadTicket from None
    if claims["room"] != code or claims["exp"] <= now_s:
        raise BadTicket
    return Ticket(
        code=code,
        user_id=claims["sub"],
        name=claims["name"],
        id=claims["jti"],
        issued_at_s=claims["iat"],
        expires_at_s=claims["exp"],
        grant=Grant(*claims["grant"]),
    )
