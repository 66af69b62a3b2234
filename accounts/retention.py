"""How long inactive guests, sessions, browsers and invites are kept."""

import asyncio
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import deletion, invites
from accounts.models import ApiKey, Invite, SignIn, User
from core.database import in_database
from core.retention import AT_ONCE, Due, Rule, delete_all, due_of

# Each deletion makes all processes check for what has ended, so only some are done at a time.
_PAUSE_S = 0.02


def _run_out() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")


def _sessions_due() -> Due:
    # A session key is as secret as a password, even an expired one, so it is not shown.
    return due_of(_run_out(), lambda session: f"ran out {session.expire_date:%Y-%m-%d}")


async def _remove_sessions() -> int:
    return await delete_all(_run_out)


def _signed_out() -> QuerySet[SignIn]:
    """Find the browsers with expired sessions, unless they still keep a guest."""
    kept = max(settings.GUEST_EXPIRY, timedelta(seconds=settings.SESSION_COOKIE_AGE))
    rows = SignIn.objects.filter(last_used_at__lt=timezone.now() - kept)
    return rows.order_by("last_used_at")


def _browsers_due() -> Due:
    return due_of(_signed_out(), lambda row: f"last used {row.last_used_at:%Y-%m-%d}")


async def _remove_browsers() -> int:
    return await delete_all(_signed_out)


def _spent() -> QuerySet[Invite]:
    return Invite.objects.exclude(pk__in=invites.good())


def _invites_due() -> Due:
    return due_of(_spent(), str)


async def _remove_invites() -> int:
    return await delete_all(_spent)


def _gone() -> QuerySet[User]:
    """Find the guests who were not seen for that long, by browser or key.

    For guests from before browsers were stored, only a session may exist, which is not renewed.
    """
    kept: timedelta = settings.GUEST_EXPIRY
    since = timezone.now() - kept
    sign_ins = SignIn.objects.filter(user_id=OuterRef("pk"))
    keys = ApiKey.objects.filter(owner_id=OuterRef("pk"))
    session_since = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    guests = User.objects.filter(is_guest=True, leaving_at=None, created_at__lt=since)
    return guests.exclude(
        Exists(sign_ins.filter(last_used_at__gte=since))
        | Exists(keys.filter(Q(created_at__gte=since) | Q(last_used_at__gte=since)))
        | (~Exists(sign_ins) & Q(created_at__gte=session_since))
    ).order_by("created_at")


def _guests_due() -> Due:
    return due_of(_gone(), lambda user: f"{user.display_name} ({user.pk})")


async def _remove_guests() -> int:
    removed = 0
    while users := await _some_gone():
        for user_id in users:
            # What a storage that is away still holds goes when it is back. Who has come back
            # or made an account meanwhile stays.
            removed += await deletion.delete(user_id, among=_gone) is not None
            await asyncio.sleep(_PAUSE_S)
    return removed


@in_database
def _some_gone() -> list[UUID]:
    return list(_gone().values_list("pk", flat=True)[:AT_ONCE])


# Their sessions are removed first, then what they own, and their rows last.
GUESTS = Rule(
    "guests who do not come back, with everything they own",
    "STREAMIT_GUEST_EXPIRY after their last visit",
    _guests_due,
    _remove_guests,
)
SESSIONS = Rule("sessions that have expired", "at once", _sessions_due, _remove_sessions)
BROWSERS = Rule("browsers that nobody is signed in to", "at once", _browsers_due, _remove_browsers)
INVITES = Rule("invites that are used up or expired", "at once", _invites_due, _remove_invites)
