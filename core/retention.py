"""What is removed because nobody needs it any more: one rule for each kind of thing.

Packages declare their rules, the composition root runs them (``config.retention``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import models

from core.database import in_database

# How many rows one transaction removes: SQLite has no other writer meanwhile.
AT_ONCE = 200
_SHOWN = 5

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule would remove now: how much, and what some of it is called."""

    count: int
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """``name`` says what it is about and ``after`` when, for people.

    ``due`` looks and blocks; ``remove`` removes and returns how much it was.
    """

    name: str
    after: str
    due: Callable[[], Due]
    remove: Callable[[], Awaitable[int]]


def due_of(rows: models.QuerySet[Row], name: Callable[[Row], str]) -> Due:
    """Count ``rows``, and name the first of them. Blocks."""
    return Due(rows.count(), [name(row) for row in rows[:_SHOWN]])


async def delete_all(rows: Callable[[], models.QuerySet[Row]]) -> int:
    """Delete what ``rows`` finds, some at a time; return how many that were."""

    @in_database
    def delete_some() -> int:
        keys = list(rows().values_list("pk", flat=True)[:AT_ONCE])
        if keys:
            # Whoever has changed meanwhile so that it is not due any more stays.
            rows().filter(pk__in=keys).delete()
        return len(keys)

    deleted = 0
    while some := await delete_some():
        deleted += some
        await asyncio.sleep(0)
    return deleted
