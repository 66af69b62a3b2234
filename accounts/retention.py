"""How long guests stay who do not come back, and what people signed in with."""

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

# Each has all processes look for what has ended; others want to be served meanwhile.
_PAUSE_S = 0.02


def _run_out() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")


def _sessions_due() -> Due:
    # A key is as good as a password, even one that has run out: it is not shown.
    return due_of(_run_out(), lambda session: f"ran out {session.expire_date:%Y-%m-%d}")


async def _remove_sessions() -> int:
    return await delete_all(_run_out)


def _signed_out() -> QuerySet[SignIn]:
    """Find the browsers whose session has run out, once they keep no guest any more."""
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
    """Find the guests of whom nothing was seen for so long, by browser or by key.

    Of one who signed in before browsers were noted only a session may tell, which is not renewed.
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


# Their sessions go first, then what they own, and their rows last.
GUESTS = Rule(
    "guests who do not come back, with all they own",
    "STREAMIT_GUEST_EXPIRY",
    _guests_due,
    _remove_guests,
)
SESSIONS = Rule("sessions that have run out", "at once", _sessions_due, _remove_sessions)
BROWSERS = Rule(
    "browsers in which nobody is signed in any more", "at once", _browsers_due, _remove_browsers
)
INVITES = Rule("invites that are used up or too old", "at once", _invites_due, _remove_invites)
