"""The log of what an operator must be able to trace: who signed in, and from where.

Its logger is called ``security`` (OWASP ASVS 4.0.3, 7.1 and 7.2). Each line has the account, by
its id, and the address; none has a password, a token or an e-mail address.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import structlog

from accounts.address import client_address

LOGGER = "security"

_log = structlog.get_logger(LOGGER)
# The ASGI scope of the request or socket that is being dealt with.
_scope: ContextVar[Mapping[str, Any] | None] = ContextVar("scope", default=None)


def set_scope(scope: Mapping[str, Any]) -> None:
    """Say which request the lines of this task are about."""
    _scope.set(scope)


def record(event: str, *, account: UUID | str | None, **facts: str) -> None:
    """Log ``event`` of ``account``; None for an address that has none.

    Call it in the request's own task: a thread knows no address.
    """
    scope = _scope.get()
    address = client_address(scope) if scope is not None else "this machine"
    _log.info(event, account=str(account or "unknown"), address=address, **facts)
