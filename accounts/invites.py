"""Invite codes, which people need to make an account if sign-up is by invitation.

A code is shown once; only its SHA-256 is stored, as for API keys (``accounts.keys``). Everything
here blocks: call it from a worker thread.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Invite
from core.errors import Invalid


def make(*, uses: int, valid: timedelta, note: str) -> tuple[Invite, str]:
    """Make a code for ``uses`` accounts; return its row and the code."""
    Invite.objects.exclude(pk__in=good()).delete()
    code = secrets.token_urlsafe(15)
    row = Invite.objects.create(
        digest=_digest(code), uses_left=uses, expires_at=timezone.now() + valid, note=note
    )
    return row, code


def good() -> QuerySet[Invite]:
    """Return the invites that can still be used, oldest first."""
    return Invite.objects.filter(uses_left__gt=0, expires_at__gt=timezone.now())


def check(code: str) -> None:
    """Raise Invalid unless ``code`` can be used now."""
    if not good().filter(digest=_digest(code)).exists():
        raise _bad()


def use(code: str) -> None:
    """Use ``code`` once, in the transaction that makes the account; raise Invalid."""
    if not good().filter(digest=_digest(code)).update(uses_left=F("uses_left") - 1):
        raise _bad()


def revoke(invite_id: UUID) -> bool:
    """Revoke an invite; tell whether there was one."""
    return bool(Invite.objects.filter(pk=invite_id).delete()[0])


def _bad() -> Invalid:
    return Invalid(fields={"invite": "is unknown, used up or expired. Ask for another."})


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().encode("utf-8", "surrogateescape")).hexdigest()
