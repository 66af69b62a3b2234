"""What tickets, tokens and sockets depend on, and what has been revoked.

Everything that people get by signing in depends on two things: the account at that time, and the
session or API key. When one of them ends, its name is stored, and everything that depends on it
ends too: in this process at once, in the others as soon as ``core.recheck`` makes them check.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import EndedGrant, User
from accounts.principal import Grant
from core.database import in_database
from core.per_loop import PerLoop

# The longest lifetime of resume tokens and media tokens, which depend on grants.
LONGEST_TOKEN = timedelta(hours=24)
# A row may become visible only some time after its date: clocks differ, and transactions take time.
_OVERLAP = timedelta(minutes=10)
_WHOLE = timedelta(hours=1)


def of_account(user: User) -> str:
    """Return the name of an account's epoch, which ends when its owner signs out everywhere."""
    return f"account:{user.pk}:{user.epoch}"


def end(*names: str) -> None:
    """Store that these have ended; call ``core.recheck.trigger`` afterwards. Blocks."""
    now = timezone.now()
    kept = max(LONGEST_TOKEN, settings.ACCESS_TOKEN_TTL) + _OVERLAP
    EndedGrant.objects.filter(ended_at__lt=now - kept).delete()
    rows = [EndedGrant(name=name, ended_at=now) for name in names if name]
    EndedGrant.objects.bulk_create(rows, ignore_conflicts=True)


@dataclass(slots=True)
class _Known:
    names: set[str] = field(default_factory=set)
    read_at: datetime | None = None
    # When all were last read, without those that nothing can depend on any more.
    read_whole_at: datetime | None = None


_known = PerLoop(_Known)


async def refresh() -> None:
    """Read what has ended since the last call."""
    known = _known.get()
    now = timezone.now()
    if known.read_at is None or known.read_whole_at is None or now - known.read_whole_at > _WHOLE:
        known.names = await _read(None)
        known.read_whole_at = now
    else:
        known.names |= await _read(known.read_at - _OVERLAP)
    known.read_at = now


@in_database
def _read(since: datetime | None) -> set[str]:
    rows = (
        EndedGrant.objects.all()
        if since is None
        else EndedGrant.objects.filter(ended_at__gte=since)
    )
    return set(rows.values_list("name", flat=True))


def has_ended(grant: Grant) -> bool:
    """Tell whether the account's epoch or the source has ended, as far as this process knows."""
    names = _known.get().names
    return grant.account in names or grant.source in names
