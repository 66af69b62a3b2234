"""The log of what an operator must be able to trace: who signed in, and from where.

Its logger is called ``security`` (OWASP ASVS 4.0.3, 7.1 and 7.2). Each line has the account, by
its id, and the address; none has a password, a token or an e-mail address.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Literal
from uuid import UUID

import structlog

from accounts.address import client_address

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

_log = structlog.get_logger(LOGGER)
# The ASGI scope of the request or socket that is being dealt with.
_scope: ContextVar[Mapping[str, Any] | None] = ContextVar("scope", default=None)


def set_scope(scope: Mapping[str, Any]) -> None:
    """Say which request the lines of this task are about."""
    _scope.set(scope)


def record(event: Event, *, account: UUID | str | None, **facts: str) -> None:
    """Log ``event`` of ``account``; None for an address that has none.

    Call it in the request's own task: a thread knows no address.
    """
    scope = _scope.get()
    address = client_address(scope) if scope is not None else "this machine"
    _log.info(event, account=str(account or "unknown"), address=address, **facts)
