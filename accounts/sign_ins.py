"""The browsers in which people are signed in. Everything here blocks."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import grants, security_log
from accounts.address import client_address
from accounts.models import ADDRESS_MAX, AGENT_MAX, SignIn, User
from accounts.principal import Principal
from core.errors import NotFound

# For one account. Each is a session, and nobody could look through more of them.
MOST_KEPT = 50
# The last use is stored only this often, to save writes.
_COARSE = timedelta(minutes=10)


class SignInNotFound(NotFound):
    message = "There is no such browser. It may have been signed out already."


def note(request: HttpRequest, user: User, source: str, *, is_new: bool = False) -> None:
    """Store that ``user`` is signed in to the session of ``request``, named ``source``.

    ``is_new`` says that the name was made just now: there is nothing to change. Those that have
    not been used for longest are signed out where there are too many: ``core.recheck.trigger`` must
    follow.
    """
    facts = _facts(request)
    if not is_new and SignIn.objects.filter(source=source, user=user).update(**facts):
        return
    SignIn.objects.create(source=source, user=user, **facts)
    if not user.is_guest:
        for old in SignIn.objects.filter(user=user)[MOST_KEPT:]:
            sign_out(old.source)


def note_guests(signed_in: Iterable[tuple[HttpRequest, User, str]]) -> None:
    """Store the browsers of new guests, in one query.

    A guest is signed in to one browser only, because without a password they cannot use another.
    """
    SignIn.objects.bulk_create(
        [SignIn(source=source, user=user, **_facts(request)) for request, user, source in signed_in]
    )


def see(request: HttpRequest, user: User, source: str) -> None:
    """Store, not too often, that ``user`` still uses the browser with session ``source``."""
    row = SignIn.objects.filter(source=source).first()
    if row is None:
        _note_older(request, user, source)
    elif row.last_used_at < timezone.now() - _COARSE:
        SignIn.objects.filter(pk=row.pk).update(**_facts(request))


def _note_older(request: HttpRequest, user: User, source: str) -> None:
    """Store a browser that was signed in before browsers were stored.

    Several of its tabs may come at the same time, and it may be being signed out.
    """
    row = SignIn(source=source, user=user, **_facts(request))
    with transaction.atomic():
        if Session.objects.filter(session_key=row.session_key).exists():
            SignIn.objects.bulk_create([row], ignore_conflicts=True)


def _facts(request: HttpRequest) -> dict[str, Any]:
    return {
        "session_key": request.session.session_key,
        "agent": _agent(request),
        "address": client_address(request)[:ADDRESS_MAX],
        "last_used_at": timezone.now(),
    }


def of(owner: Principal) -> list[SignIn]:
    """Return a person's browsers, the last used first."""
    since = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return list(SignIn.objects.filter(user_id=owner.user_id, last_used_at__gte=since))


def end(*, owner: Principal, sign_in_id: UUID) -> None:
    """Sign a browser out; call ``core.recheck.trigger`` afterwards. Raises SignInNotFound."""
    row = SignIn.objects.filter(pk=sign_in_id, user_id=owner.user_id).first()
    if row is None:
        raise SignInNotFound
    with transaction.atomic():
        sign_out(row.source)
        security_log.note("browser signed out", account=owner.user_id)


@transaction.atomic
def sign_out(source: str) -> None:
    """End a session, its browser's row and the grant; call ``core.recheck.trigger`` afterwards."""
    rows = SignIn.objects.filter(source=source)
    Session.objects.filter(session_key__in=rows.values("session_key")).delete()
    rows.delete()
    grants.end(source)


def _agent(request: HttpRequest) -> str:
    return "".join(c for c in request.headers.get("User-Agent", "") if c.isprintable())[:AGENT_MAX]
