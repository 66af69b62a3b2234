"""The security log: who signed in, from where, and other events that operators must trace.

Its logger is called ``security`` (OWASP ASVS 4.0.3, 7.1 and 7.2). Each line has the id of the
account, the address and the time, but never a password, a token or an email address.

A line about a change is stored in the same transaction, then logged, then deleted. If the process
is killed in between, the next server logs the line, so at worst it appears twice. Commands only
store their lines, because they belong in the log of the servers, and a server logs them.
"""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from weakref import WeakSet

import structlog
from django.db import connection, transaction

from accounts.address import client_address
from accounts.models import SecurityLine
from core import recheck
from core.database import in_database, unless_full
from core.loggers import SECURITY

# docs/operations/monitoring.md tells operators of each.
Event = Literal[
    "account made",
    "signed in",
    "sign-in failed",
    "signed out",
    "signed out everywhere",
    "browser signed out",
    "password changed",
    "present password given wrong",
    "password reset",
    "account disabled",
    "account enabled",
    "account deleted",
    "staff made",
    "staff ended",
    "API key made",
    "API key revoked",
    "webhook made",
    "webhook secret made",
    "webhook deleted",
    "member banned",
    "ban lifted",
    "refused",
]

_log = structlog.get_logger(SECURITY)
# The ASGI scope of the current request or socket.
_scope: ContextVar[Mapping[str, Any] | None] = ContextVar("scope", default=None)
# The event loops of the servers in this process: when one ends, the others still log.
_serving: WeakSet[AbstractEventLoop] = WeakSet()
# Lines that this process has logged but could not delete, for example on a full disk.
_not_dropped: set[int] = set()


def set_scope(scope: Mapping[str, Any]) -> None:
    """Set the request that the lines of this task are about."""
    _scope.set(scope)


def scope() -> Mapping[str, Any] | None:
    """Return the request that this task handles."""
    return _scope.get()


def record(event: Event, *, account: UUID | None) -> None:
    """Log ``event`` of ``account``, which changes nothing; None for an address that has none."""
    write(event, facts_of(account))


def write(event: Event, facts: Mapping[str, object]) -> None:
    """Log ``event`` with ``facts``, unchanged."""
    _log.info(event, **facts)


def note(event: Event, *, account: UUID | str, **facts: str) -> None:
    """Log ``event`` of ``account`` after the transaction of the change. Blocks."""
    SecurityLine.objects.create(event=event, facts={**facts_of(account), **facts})
    if _serving:
        # Robust, because the change must not fail when logging fails: the line is stored.
        transaction.on_commit(_log_notes, robust=True)


def facts_of(account: UUID | str | None) -> dict[str, str]:
    """Return the facts of every line: account, address and time."""
    scope = _scope.get()
    address = client_address(scope) if scope is not None else "this machine"
    # A stored line may be logged much later, by the next server that starts.
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"account": str(account or "unknown"), "address": address, "at": at}


def _log_notes() -> None:
    """Log the stored lines; each is logged by one of several servers."""
    if not SecurityLine.objects.exists():
        return
    with unless_full():
        with transaction.atomic():
            # SQLite's writing transactions take turns anyway.
            can_skip = connection.features.has_select_for_update_skip_locked
            rows = list(SecurityLine.objects.select_for_update(skip_locked=can_skip).order_by("pk"))
            keys = {row.pk for row in rows}
            for row in rows:
                if row.pk not in _not_dropped:
                    _log.info(row.event, **row.facts)
            _not_dropped.update(keys)
            SecurityLine.objects.filter(pk__in=keys).delete()
        _not_dropped.difference_update(keys)


_look = in_database(_log_notes)


async def start() -> None:
    """Log stored lines from now on: our own, those of commands, and those of killed processes."""
    _serving.add(asyncio.get_running_loop())
    recheck.listen(_look)


async def stop() -> None:
    """Stop. Stored lines are left to the next start."""
    _serving.discard(asyncio.get_running_loop())
    recheck.unlisten(_look)
