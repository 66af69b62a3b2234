"""Refused requests in the security log (OWASP ASVS 4.0.3, 7.1.3 and 7.2.2).

Strangers can have as much refused as they like. So of each kind the first is logged, and a
minute later how many more there were.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync

from accounts import security_log
from core.errors import StreamItError
from core.per_loop import PerLoop

WINDOW_S = 60.0
# So many kinds are told apart in one window; of the others only the number is logged.
MOST_KINDS = 100
# The security log has these already, with the account that was tried.
_LOGGED = {"wrong_login"}
_CREDENTIALS = {b"authorization", b"x-api-key"}

# Who sent the request or opened the socket that is being dealt with.
_account: ContextVar[UUID | str | None] = ContextVar("account", default=None)


@dataclass(frozen=True, slots=True)
class _Kind:
    account: str
    address: str
    code: str
    to: str


# What stands for all that are of no kind of their own.
_SEVERAL = _Kind("several", "several", "several", "")


class _Window:
    def __init__(self) -> None:
        self._times: Counter[_Kind] = Counter()
        self._others = 0
        self._timer: asyncio.TimerHandle | None = None

    def count(self, kind: _Kind) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WINDOW_S, self.end)
        if kind not in self._times and len(self._times) >= MOST_KINDS:
            self._others += 1
            return
        self._times[kind] += 1
        if self._times[kind] == 1:
            _log(kind)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times, self._times = self._times, Counter()
        others, self._others = self._others, 0
        for kind, count in times.items():
            if count > 1:
                _log(kind, more=count - 1)
        if others:
            _log(_SEVERAL, more=others)


_windows = PerLoop(_Window)


def set_account(account: UUID | str | None) -> None:
    """Say who the refusals of this task are of; None until it is known."""
    _account.set(account)


def note(error: StreamItError) -> None:
    """Count a refusal, and log it if it is the first of its kind."""
    scope = security_log.scope()
    if scope is None or error.code in _LOGGED or (error.status == 401 and _shows_nothing(scope)):
        return
    facts = security_log.facts_of(_account.get())
    kind = _Kind(facts["account"], facts["address"], error.code, _place(scope))
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # A page of the admin site, whose views run in a thread.
        async_to_sync(_count)(kind)
    else:
        _windows.get().count(kind)


async def _count(kind: _Kind) -> None:
    _windows.get().count(kind)


async def stop() -> None:
    """Log what is counted and not logged yet."""
    if window := _windows.pop():
        window.end()


def _shows_nothing(scope: Mapping[str, Any]) -> bool:
    """Tell whether a request had no key or token: then somebody only has to sign in first."""
    return not (
        any(name in _CREDENTIALS for name, _ in scope["headers"])
        or b"token=" in scope["query_string"]
        or b"ticket=" in scope["query_string"]
    )


def _place(scope: Mapping[str, Any]) -> str:
    """Return what part of the server it was for: a whole path may hold a token, or anything."""
    family = "/".join(scope["path"].split("/")[:4]) if scope["path"].startswith("/api/") else "/"
    method = scope.get("method", "SOCKET")
    return f"{method} {family[:60]}"


def _log(kind: _Kind, **more: int) -> None:
    facts = {**security_log.facts_of(kind.account), "address": kind.address}
    security_log.write("refused", {**facts, "code": kind.code, "to": kind.to, **more})
