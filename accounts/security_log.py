"""The log of what an operator must be able to trace: who signed in, and from where.

Its logger is called ``security`` (OWASP ASVS 4.0.3, 7.1 and 7.2). Each line has the account, by
its id, and the address; none has a password, a token or an e-mail address.

A command's lines belong where the servers log, which only those know: it hands them over by Redis.
"""

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Literal, cast
from uuid import UUID

import structlog

from accounts.address import client_address
from core import live, recheck

LOGGER = "security"

# docs/operations.md tells operators of each.
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
]

KEY = "security_log"
_log = structlog.get_logger(LOGGER)
# The ASGI scope of the request or socket that is being dealt with.
_scope: ContextVar[Mapping[str, Any] | None] = ContextVar("scope", default=None)


# What a command has not handed over yet; None in a process that logs for itself.
_kept: list[tuple[Event, dict[str, str]]] | None = None


def set_scope(scope: Mapping[str, Any]) -> None:
    """Say which request the lines of this task are about."""
    _scope.set(scope)


def record(event: Event, *, account: UUID | str | None, **facts: str) -> None:
    """Log ``event`` of ``account``; None for an address that has none.

    Call it in the request's own task: a thread knows no address.
    """
    scope = _scope.get()
    address = client_address(scope) if scope is not None else "this machine"
    line = {"account": str(account or "unknown"), "address": address, **facts}
    if _kept is None:
        _log.info(event, **line)
    else:
        _kept.append((event, line))


def keep() -> None:
    """Keep what is recorded in this process until ``hand_over``."""
    global _kept
    _kept = []


async def hand_over() -> None:
    """Have a server log what was kept, the next that starts if none runs.

    While Redis is away it is logged here.
    """
    global _kept
    lines, _kept = _kept, None
    if not lines:
        return
    try:
        async with live.reaching_redis("security log") as redis:
            await redis.rpush(KEY, *map(json.dumps, lines))
    except live.LiveStateUnavailable:
        for event, line in lines:
            _log.info(event, **line)
    else:
        await recheck.ask()


async def _take_over() -> None:
    """Log what commands have handed over; of several servers one gets each line."""
    async with live.reaching_redis("security log") as redis:
        while text := cast("str | None", await redis.lpop(KEY)):
            event, line = json.loads(text)
            _log.info(event, **line)


async def start() -> None:
    """Log from now on what commands hand over."""
    recheck.listen(_take_over)


async def stop() -> None:
    """Leave it to the next start."""
    recheck.unlisten(_take_over)
