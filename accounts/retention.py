"""How long what people signed in with stays that is good for nothing any more."""

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from accounts import invites
from accounts.models import Invite
from core.retention import Due, Rule, delete_all, due_of


def _run_out() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")


def _sessions_due() -> Due:
    # A key is as good as a password, even one that has run out: it is not shown.
    return due_of(_run_out(), lambda session: f"ran out {session.expire_date:%Y-%m-%d}")


async def _remove_sessions() -> int:
    return await delete_all(_run_out)


def _spent() -> QuerySet[Invite]:
    return Invite.objects.exclude(pk__in=invites.good())


def _invites_due() -> Due:
    return due_of(_spent(), str)


async def _remove_invites() -> int:
    return await delete_all(_spent)


SESSIONS = Rule("sessions that have run out", "at once", _sessions_due, _remove_sessions)
INVITES = Rule("invites that are used up or too old", "at once", _invites_due, _remove_invites)
