"""The log of what an operator must be able to trace: who signed in, and from where.

Its logger is called ``security`` (OWASP ASVS 4.0.3, 7.1 and 7.2). Each line has the account, by
its id, the address, and when it was; none has a password, a token or an e-mail address.

A line about a change is stored in the same transaction, then logged, then deleted. If the process
is killed in between, the next server that looks logs the line, so at worst it is there twice. The
lines of a command belong in the servers' log, which only the servers know: it stores them, and a
server logs them.
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
# The ASGI scope of the request or socket that is being dealt with.
_scope: ContextVar[Mapping[str, Any] | None] = ContextVar("scope", default=None)
# The loops of the servers in this process: one of them that ends leaves the others to log.
_serving: WeakSet[AbstractEventLoop] = WeakSet()
# What this process has logged and could not drop, as on a full disk.
_not_dropped: set[int] = set()


def set_scope(scope: Mapping[str, Any]) -> None:
    """Say which request the lines of this task are about."""
    _scope.set(scope)


def scope() -> Mapping[str, Any] | None:
    """Return the request that this task deals with."""
    return _scope.get()


def record(event: Event, *, account: UUID | None) -> None:
    """Log ``event`` of ``account``, which changes nothing; None for an address that has none."""
    write(event, facts_of(account))


def write(event: Event, facts: Mapping[str, object]) -> None:
    """Log ``event`` with ``facts`` as they are."""
    _log.info(event, **facts)


def note(event: Event, *, account: UUID | str, **facts: str) -> None:
    """Log ``event`` of ``account`` when the transaction is done that makes it true. Blocks."""
    SecurityLine.objects.create(event=event, facts={**facts_of(account), **facts})
    if _serving:
        # Robust: what was done is not to fail because of its line, which is there.
        transaction.on_commit(_log_notes, robust=True)


def facts_of(account: UUID | str | None) -> dict[str, str]:
    """Return what each line has: account, address, and when it is."""
    scope = _scope.get()
    address = client_address(scope) if scope is not None else "this machine"
    # What is noted may be written much later, by the next server that starts.
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"account": str(account or "unknown"), "address": address, "at": at}


def _log_notes() -> None:
    """Log what is noted; of several servers one gets each line."""
    if not SecurityLine.objects.exists():
        return
    with unless_full():
        with transaction.atomic():
            # SQLite's writers take turns anyway.
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
    """Log from now on what is noted, here and by commands, and by whom was killed before."""
    _serving.add(asyncio.get_running_loop())
    recheck.listen(_look)


async def stop() -> None:
    """Leave it to the next start."""
    _serving.discard(asyncio.get_running_loop())
    recheck.unlisten(_look)
