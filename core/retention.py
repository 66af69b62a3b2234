"""Rules for removing what nobody needs any more.

Packages declare rules, and the composition root runs them (``config.retention``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import models

from core.database import in_database

# Rows that one transaction removes: SQLite has no other writer meanwhile.
AT_ONCE = 200
_SHOWN = 5

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule would remove now: how many things, and the names of some."""

    count: int
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. ``name`` and ``when`` say, for people, what is removed and when.

    ``due`` finds what would be removed, and blocks; ``remove`` removes it and returns how many.
    """

    name: str
    when: str
    due: Callable[[], Due]
    remove: Callable[[], Awaitable[int]]


def due_of(rows: models.QuerySet[Row], name: Callable[[Row], str]) -> Due:
    """Return the number of ``rows`` and the names of the first ones. Blocks."""
    return Due(rows.count(), [name(row) for row in rows[:_SHOWN]])


async def delete_all(rows: Callable[[], models.QuerySet[Row]]) -> int:
    """Delete what ``rows`` finds, some at a time; return how many there were."""

    @in_database
    def delete_some() -> int:
        keys = list(rows().values_list("pk", flat=True)[:AT_ONCE])
        if keys:
            # Rows that have changed meanwhile and are no longer due stay.
            rows().filter(pk__in=keys).delete()
        return len(keys)

    deleted = 0
    while some := await delete_some():
        deleted += some
        await asyncio.sleep(0)
    return deleted
