"""Limits on guessing passwords, and on finding out who has an account.

Nobody can guess a password, and nobody can lock out the owner of an account.

An attempt counts for the device, if it has been used to sign in to the account before, and
otherwise for the address. Each has its own few attempts, so nobody can use up another's. All
unknown devices together have so few attempts that using many addresses does not help. A correct
login costs no attempt. But every login is work for the server, so it is also limited for each
address and each known device.
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

# For one account: someone with the owner's device, a session, and any number of addresses can try
# at most 100 passwords an hour: 16, 70 and 11.
BY_DEVICE = Limit("login-device", burst=10, per_minute=0.1)
BY_ACCOUNT = Limit("login-account", burst=40, per_minute=0.5)
# For endpoints that ask for the current password again.
PRESENT = Limit("present-password", burst=5, per_minute=0.1)
BY_ADDRESS = Limit("login-account-address", burst=10, per_minute=0.2)
# The work for the server, for all accounts, and whether or not the login was correct.
HASHES_BY_ADDRESS = Limit("login-address", burst=40, per_minute=10)
# For a known device: neither strangers nor other devices behind its router can lock it out.
HASHES_OF_KNOWN = Limit("login-known-device", burst=40, per_minute=20)

# Registrations reveal whether an email address has an account.
REFUSED = Limit("register-refused", burst=5, per_minute=0.1)

COOKIE = "streamit_device"
COOKIE_PATH = "/api/v1/auth"
_KEPT_S = 60 * 60 * 24 * 365
_SALT = "accounts.guessing"
# The most accounts that one browser remembers.
_MOST_ACCOUNTS = 8


@asynccontextmanager
async def counted(request: HttpRequest, email: str) -> AsyncIterator[None]:
    """Count an attempt to sign in if the block raises WrongLogin.

    Raises RateLimited after too many attempts.
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
    """Count an attempt to give the current password if the block raises WrongLogin.

    Raises RateLimited after too many attempts.
    """
    attempt = (PRESENT, str(user_id))
    await spend(*attempt)
    async with _given_back_unless_wrong(attempt):
        yield


@asynccontextmanager
async def _given_back_unless_wrong(*tries: tuple[Limit, str]) -> AsyncIterator[None]:
    """Give back the attempt unless the password was wrong.

    Also if the server was too busy to check it, but not if the caller disconnected.
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
    """Count a registration if its email address is refused; raise RateLimited after too many.

    Nothing is counted before, because people behind one router may register at the same time.
    """
    address = limit_subject(request)
    await check(REFUSED, address)
    try:
        yield
    except services.AddressRefused:
        await spend(REFUSED, address)
        raise


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Mark the browser of ``request`` as a known device of the account."""
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
    """Return the id of a browser, or a new one, and the accounts it has signed in to."""
    try:
        value: dict[str, Any] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_KEPT_S
        )
    except signing.BadSignature:
        return secrets.token_urlsafe(12), []
    return value["device"], value["accounts"]


def _mark(email: str) -> str:
    # A digest, so that neither Redis nor the cookie holds email addresses.
    return hashlib.sha256(email.encode()).hexdigest()[:32]
