"""Leases on rows: who is working on a row, and until when.

A worker that crashes cannot say so, so a lease ends by itself. A worker that was frozen does not
know that its lease has ended, so it may change the row only while the row still names it as the
holder: ``row.held()``. All times are the database's, because the clocks of two machines differ.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Self, TypeVar
from uuid import uuid4

import structlog
from django.db import models, transaction
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from core.database import in_database

log = structlog.get_logger(__name__)


class LeasedRow(models.Model):
    """A row that one worker at a time works on."""

    # Changes with every holder, so that an earlier holder cannot change the row any more.
    holder = models.UUIDField(default=uuid4)
    held_until = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True

    def held(self) -> models.QuerySet[Self]:
        """Return a query for this row that finds nothing once someone else has taken it."""
        return type(self)._default_manager.filter(pk=self.pk, holder=self.holder)  # noqa: SLF001


Row = TypeVar("Row", bound=LeasedRow)


def create(row: LeasedRow, lease: timedelta) -> None:
    """Insert ``row``, held for ``lease`` from now; raise IntegrityError as ``save`` does."""
    row.held_until = _from_now(lease)
    row.save(force_insert=True)
    row.held_until = timezone.now() + lease


def renew(row: LeasedRow, lease: timedelta) -> bool:
    """Hold ``row`` for ``lease`` from now; False if it is no longer ours."""
    return _change(row, row.held(), lease)


def take(row: LeasedRow, lease: timedelta, **changes: Any) -> bool:
    """Take ``row`` over from the holder it names, with ``changes``; tell whether nobody else
    was faster.
    """
    return _change(row, row.held(), lease, holder=uuid4(), **changes)


def take_lapsed(rows: models.QuerySet[Row], lease: timedelta, **changes: Any) -> Row | None:
    """Take the first of ``rows`` whose lease has ended, with ``changes``; None if there is none.

    One at a time: a row that is taken but must wait for its turn would lapse again.
    """
    with transaction.atomic(savepoint=False):
        row = lock_lapsed(rows)
        if row is None or not take(row, lease, **changes):
            return None
    return row


def lapsed(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Return those of ``rows`` whose lease has ended."""
    # SQLite compares times as text, and writes a sum with more digits than the time alone. Stored
    # times are sums, so a row that is free at once would not be found in this millisecond.
    return rows.filter(held_until__lte=_from_now(timedelta(0)))


def lock_lapsed(
    rows: models.QuerySet[Row], *, order: Sequence[str] = ("held_until",)
) -> Row | None:
    """Return the first of ``rows`` whose lease has ended, locked for this transaction to ``take``.

    Concurrent callers get different rows and do not wait for each other.
    """
    in_order = lapsed(rows).order_by(*order)
    # SQLite has no such locks and needs none: its writing transactions take turns.
    return in_order.select_for_update(skip_locked=True, of=("self",)).first()


def _change(row: Row, held: models.QuerySet[Row], lease: timedelta, **changes: Any) -> bool:
    if not held.update(held_until=_from_now(lease), **changes):
        return False
    # By our clock, only for showing it; the database's clock decides.
    row.held_until = timezone.now() + lease
    for name, value in changes.items():
        setattr(row, name, value)
    return True


def _from_now(lease: timedelta) -> CombinedExpression:
    return Now() + lease


@contextlib.asynccontextmanager
async def kept(row: LeasedRow, lease: timedelta, *, every: timedelta) -> AsyncIterator[None]:
    """Renew the lease of ``row`` every ``every`` while the block runs."""
    keeper = asyncio.ensure_future(_keep(row, lease, every.total_seconds()))
    try:
        yield
    finally:
        keeper.cancel()


async def _keep(row: LeasedRow, lease: timedelta, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            if not await in_database(renew)(row, lease):
                log.warning(
                    "a lease was lost",
                    row=str(row.pk),
                )
                return
        except Exception:
            # The next renewal may succeed in time.
            log.warning("a lease could not be renewed", row=str(row.pk), exc_info=True)
