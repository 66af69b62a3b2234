"""Requests to a cloud API: renewing the access token, and waiting when asked to.

The refresh token comes from the settings; access tokens are only kept here, and neither is ever
logged. If a provider asks us to slow down, we wait if it is short; otherwise the caller gets an
error with the time.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
from pydantic import SecretStr

from library.storage.base import (
    Missing,
    Permanent,
    Refused,
    StorageError,
    StorageUnavailable,
    seconds_of,
)
from library.storage.options import Account
from library.storage.wire import FrugalTransport

ATTEMPTS = 4
# The longest wait before the next attempt of a request.
LONGEST_WAIT_S = 4.0
FIRST_WAIT_S = 0.2
# Renewed a little before it expires, because of requests that are under way then.
EXPIRES_EARLY_S = 60

# Turns an unexpected answer into an error.
Judge = Callable[[httpx2.Response], StorageError]


class Api:
    """A client for one event loop, from its first request until ``close``."""

    def __init__(self, *, token_url: str, account: Account, judge: Judge) -> None:
        self._token_url, self._account, self._judge = token_url, account, judge
        self._client: httpx2.AsyncClient | None = None
        self._token, self._token_ends_s = SecretStr(""), 0.0
        self._renewing = asyncio.Lock()

    async def call(
        self,
        method: str,
        url: str,
        *,
        expected: tuple[int, ...] = (200,),
        attempts: int = ATTEMPTS,
        **request: Any,
    ) -> httpx2.Response:
        """Send a request and read its answer; raise the error ``judge`` returns if unexpected."""
        async with self.stream(
            method, url, expected=expected, attempts=attempts, **request
        ) as response:
            with _translated_errors():
                await response.aread()
            return response

    @contextlib.asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        expected: tuple[int, ...] = (200,),
        attempts: int = ATTEMPTS,
        **request: Any,
    ) -> AsyncIterator[httpx2.Response]:
        """Send a request and give its answer for reading; leaving closes the connection."""
        response = await self._persist(method, url, expected, attempts, request)
        try:
            yield response
        finally:
            await response.aclose()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _persist(
        self, method: str, url: str, expected: tuple[int, ...], attempts: int, request: Any
    ) -> httpx2.Response:
        """Return an expected answer; try again while that can help, with a time limit."""
        for attempt in range(1, attempts + 1):
            try:
                return await self._send_signed(method, url, expected, request)
            except StorageUnavailable as error:
                backoff_s = random.uniform(0, FIRST_WAIT_S * 2**attempt)  # noqa: S311 - jitter
                wait_s = backoff_s if error.retry_after_s is None else error.retry_after_s
                if attempt == attempts or wait_s > LONGEST_WAIT_S:
                    raise
                await asyncio.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    async def _send_signed(
        self, method: str, url: str, expected: tuple[int, ...], request: Any
    ) -> httpx2.Response:
        token = await self._valid_token()
        response = await self._send(method, url, token, request)
        if response.status_code == 401:
            # The token was revoked or expired early: try once more with a new one.
            await response.aclose()
            token = await self._valid_token(unlike=token)
            response = await self._send(method, url, token, request)
        if response.status_code in expected:
            return response
        try:
            with _translated_errors():
                await response.aread()
        finally:
            await response.aclose()
        raise self._judge(response)

    async def _send(self, method: str, url: str, token: SecretStr, request: Any) -> httpx2.Response:
        options = {**request}
        signed = {
            "Authorization": f"Bearer {token.get_secret_value()}",
            "Accept-Encoding": "identity",
        }
        headers = {**signed, **options.pop("headers", {})}
        client = self._ready_client()
        with _translated_errors():
            built = client.build_request(method, url, headers=headers, **options)
            return await client.send(built, stream=True)

    async def _valid_token(self, unlike: SecretStr | None = None) -> SecretStr:
        """Return a valid access token other than ``unlike``."""
        async with self._renewing:
            if time.monotonic() >= self._token_ends_s or self._token is unlike:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        """Get a new access token (RFC 6749 section 6)."""
        fields = {
            "grant_type": "refresh_token",
            "client_id": self._account.client_id,
            "client_secret": self._account.client_secret.get_secret_value(),
            "refresh_token": self._account.refresh_token.get_secret_value(),
        }
        with _translated_errors():
            response = await self._ready_client().post(self._token_url, data=fields)
        if response.status_code != 200:
            raise refusal_of_token(response)
        answer = response.json()
        self._token = SecretStr(answer["access_token"])
        self._token_ends_s = time.monotonic() + float(answer["expires_in"]) - EXPIRES_EARLY_S

    def _ready_client(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                timeout=httpx2.Timeout(20, connect=5),
                transport=FrugalTransport(
                    httpx2.Limits(max_connections=None, max_keepalive_connections=10)
                ),
                trust_env=False,
            )
        return self._client


async def body(response: httpx2.Response) -> AsyncIterator[bytes]:
    """Yield the body in chunks as they come; raise StorageUnavailable if it breaks off."""
    with _translated_errors():
        async for data in response.aiter_raw():
            yield data


def unavailable(response: httpx2.Response) -> StorageUnavailable:
    """Return the error for a provider that is away, or asks us to slow down."""
    return StorageUnavailable(retry_after_s=seconds_of(response.headers.get("retry-after", "")))


def usual_failure(response: httpx2.Response) -> StorageError:
    """Return the error for a status that means the same at every provider."""
    status = response.status_code
    if status == 429 or status >= 500:
        return unavailable(response)
    if status in (401, 403):
        return Refused()
    return Missing() if status == 404 else Permanent()


def refusal_of_token(response: httpx2.Response) -> StorageError:
    """Return the error for a token that cannot be renewed: only the operator can help."""
    if response.status_code == 429 or response.status_code >= 500:
        return unavailable(response)
    return Refused("The storage of this video no longer knows this server.")


def json_of(response: httpx2.Response) -> dict[str, Any]:
    """Return the answer's JSON object; empty if it has none."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def _translated_errors() -> Any:
    """Turn network failures into StorageUnavailable."""
    try:
        yield
    except (httpx2.TransportError, OSError) as error:
        raise StorageUnavailable from error
