"""Limits on guessing passwords, and on finding out who has an account.

Nobody can guess a password, and nobody can lock the owner of an account out.

An attempt is counted for the device, if somebody has signed in to the account with it before, and
otherwise for the address. Each has a few attempts of its own, so nobody can use up another's.
Together, unknown devices have so few that asking from many addresses does not find a password. A
correct login costs no attempt. But every login is work for the server, so each address and each
known device may ask for a limited amount of it.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts import services
from accounts.address import limit_subject
from core.limits import Limit, check, give_back_each, spend, spend_each

# Of one account: by somebody who has a device, and a session, of its owner, and any number of
# addresses, it is tried at most 100 times in an hour: 16, 70 and 11.
BY_DEVICE = Limit("login-device", burst=10, per_minute=0.1)
BY_ACCOUNT = Limit("login-account", burst=40, per_minute=0.5)
# The present password, where something asks for it once more.
PRESENT = Limit("present-password", burst=5, per_minute=0.1)
BY_ADDRESS = Limit("login-account-address", burst=10, per_minute=0.2)
# What trying costs the server, whatever the account, and whether the login was right.
HASHES_BY_ADDRESS = Limit("login-address", burst=40, per_minute=10)
# Of a device that is known: neither strangers nor other devices behind its router lock it out.
HASHES_OF_KNOWN = Limit("login-known-device", burst=40, per_minute=20)

# Whether an address has an account can be told from what becomes of a registration.
REFUSED = Limit("register-refused", burst=5, per_minute=0.1)

COOKIE = "streamit_device"
COOKIE_PATH = "/api/v1/auth"
_KEPT_S = 60 * 60 * 24 * 365
_SALT = "accounts.guessing"
# Of people who share a browser.
_MOST_ACCOUNTS = 8


@asynccontextmanager
async def counted(request: HttpRequest, email: str) -> AsyncIterator[None]:
    """Count a try to sign in, if what is done meanwhile raises WrongLogin.

    Raises RateLimited when there were too many.
    """
    account, address = _mark(email), limit_subject(request)
    device, accounts = _device(request)
    if account in accounts:
        work = (HASHES_OF_KNOWN, device)
        tries = [(BY_DEVICE, f"{account}:{device}")]
    else:
        work = (HASHES_BY_ADDRESS, address)
        tries = [(BY_ADDRESS, f"{account}:{address}"), (BY_ACCOUNT, account)]
    await spend_each(work, *tries)
    async with _given_back_unless_wrong(*tries):
        yield


@asynccontextmanager
async def counted_present(user_id: UUID) -> AsyncIterator[None]:
    """Count a try at the present password of who is signed in, if it is wrong.

    Raises RateLimited when there were too many.
    """
    attempt = (PRESENT, str(user_id))
    await spend(*attempt)
    async with _given_back_unless_wrong(attempt):
        yield


@asynccontextmanager
async def _given_back_unless_wrong(*tries: tuple[Limit, str]) -> AsyncIterator[None]:
    """Give back what a try has cost when nothing was told of the password.

    That is also when the server had no time for it. Not when the caller hung up.
    """
    try:
        yield
    except services.WrongLogin:
        raise
    except Exception:
        await give_back_each(*tries)
        raise
    await give_back_each(*tries)


@asynccontextmanager
async def counted_if_refused(request: HttpRequest) -> AsyncIterator[None]:
    """Count a registration if its address is refused; raise RateLimited when too many were.

    Nothing is taken before: people behind one router may register at the same time.
    """
    address = limit_subject(request)
    await check(REFUSED, address)
    try:
        yield
    except services.AddressRefused:
        await spend(REFUSED, address)
        raise


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let the browser of ``request`` show from now on that it has signed in to an account."""
    device, accounts = _device(request)
    known = [_mark(email), *(each for each in accounts if each != _mark(email))]
    value = {"device": device, "accounts": known[:_MOST_ACCOUNTS]}
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=_SALT),
        max_age=_KEPT_S,
        path=COOKIE_PATH,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _device(request: HttpRequest) -> tuple[str, list[str]]:
    """Return the name of a browser, a new one if it has none, and what it has signed in to."""
    try:
        value: dict[str, Any] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_KEPT_S
        )
    except signing.BadSignature:
        return secrets.token_urlsafe(12), []
    return value["device"], value["accounts"]


def _mark(email: str) -> str:
    # A digest, so that neither Redis nor the cookie holds e-mail addresses.
    return hashlib.sha256(email.encode()).hexdigest()[:32]
