"""Requests to addresses that strangers gave; ``addresses`` says where they may go.

A host's name is looked up once, every address is checked, and the connection goes to one of
those: a second answer of the name server comes too late. Redirects start from the beginning.
Nothing is sent that tells who we are but that a StreamIt asks, so that links which lead back
to one end. No connection is used twice, no proxy is believed.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpx2

from core.fair_queue import Busy
from library.storage.addresses import IpAddress, Rules, check_ips, origin_of, parse, port_of
from library.storage.base import Permanent, Refused, StorageBusy, StorageUnavailable
from library.storage.names import Names
from library.storage.wire import FrugalTransport

MOST_REDIRECTS = 5
# In the field Via (RFC 9110 section 7.6.3).
OURS = "1.1 streamit"
_REDIRECTS = {301, 302, 303, 307, 308}
# A body that comes slower than this is given up, once it had time to begin.
SLOWEST_BYTES_PER_S = 16 * 1024
TIME_TO_BEGIN_S = 60
OWN_NAMES_LAST_S = 60
# A name server that does not answer for one of them keeps no link waiting for longer.
OWN_NAME_S = 2.0

_NAMES = Names("links")
# The owner of our look-ups of them.
_OUR_NAMES = "own names"


# Name servers know it, or know nothing of where it is; that they do not answer is another thing.
# Some systems say the same where there is no name server: then this name is not known either.
_NAME_THAT_IS = "a.root-servers.net"
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class NoServer(StorageUnavailable):
    """Nobody has the name that an address begins with. It may come back, or was never there."""

    message = "There is no server of this name."


class NoNames(StorageUnavailable):
    """No name server tells where the site is; that passes."""

    message = "Where the site of this link is cannot be looked up just now. Try again in a while."


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each step of a request may take."""

    connect_s: float = 5
    headers_s: float = 20
    read_s: float = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        # PostgreSQL keeps no text with a NUL in it.
        return self.body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


class Web:
    """A client for one event loop, from its first request until ``close``.

    Give it ``names`` where it must wait for no link of a stranger's.
    """

    def __init__(self, rules: Rules, patience: Patience, names: Names = _NAMES) -> None:
        self._rules, self._patience, self._names = rules, patience, names
        self._transport: FrugalTransport | None = None
        # What our own names led to the last time that a name server said so.
        self._own: dict[str, list[str]] = {}
        self._own_asked_s = float("-inf")
        self._asking_own = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def get(self, address: str, headers: Mapping[str, str]) -> AsyncIterator[httpx2.Response]:
        """Ask for ``address``, following redirects; leaving closes the connection.

        Raises Refused for where we do not go, StorageUnavailable when nothing answers.
        """
        url = parse(address, self._rules)
        for _ in range(MOST_REDIRECTS + 1):
            async with _told():
                response = await self._send(url, headers)
            try:
                if response.status_code not in _REDIRECTS:
                    # Addresses in what comes are relative to where it was found in the end.
                    response.request = httpx2.Request("GET", url)
                    yield response
                    return
                url = self._next(url, response.headers.get("location", ""))
            finally:
                await response.aclose()
        raise Refused("The address redirects too often.")

    async def send(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        *,
        most: int,
    ) -> Answer:
        """Send ``content`` to ``address``; return what comes back, its first ``most`` bytes.

        It follows no redirect. The whole of it may take as long as the head alone of what
        ``get`` asks for. Raises as ``get`` does.
        """
        url = parse(address, self._rules)
        async with _told(), asyncio.timeout(self._patience.headers_s):
            response = await self._send(url, headers, method=method, content=content)
            try:
                begun = b""
                async for data in response.aiter_raw():
                    begun += data
                    if len(begun) >= most:
                        break
            finally:
                await response.aclose()
        return Answer(response.status_code, response.headers, begun[:most])

    async def close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    def _next(self, url: httpx2.URL, location: str) -> httpx2.URL:
        try:
            target = parse(str(url.join(location)), self._rules)
        except (httpx2.InvalidURL, ValueError):
            raise Permanent("The address redirects to nowhere.") from None
        if url.scheme == "https" and target.scheme == "http":
            raise Refused("The address redirects to one without https.")
        return target

    async def _send(
        self, url: httpx2.URL, headers: Mapping[str, str], **request: Any
    ) -> httpx2.Response:
        """Ask one of the host's addresses, each checked; return head and stream."""
        async with asyncio.timeout(self._patience.headers_s):
            addresses = await self._addresses(url)
            for address in addresses[:-1]:
                with contextlib.suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                    return await self._send_to(address, url, headers, **request)
            return await self._send_to(addresses[-1], url, headers, **request)

    async def _addresses(self, url: httpx2.URL) -> list[IpAddress]:
        """Return where ``url`` leads to; raise Refused where we do not go."""
        if origin_of(url) == self._rules.trusted_origin:
            found = await self._look_up(url)
            return [ip_address(text) for text in found]
        own = await self._own_addresses(url)
        found = await self._look_up(url)
        return check_ips(found, self._rules, own=own)

    async def _look_up(self, url: httpx2.URL) -> list[str]:
        try:
            return await self._names.look_up(url.host, port_of(url))
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME and await self._has_names():
                raise NoServer from error
            raise NoNames from error
        except TimeoutError as error:
            raise NoNames from error
        except UnicodeError as error:  # no name could be so
            raise NoServer from error

    async def _has_names(self) -> bool:
        """Tell whether a name server knows a name that is always there."""
        with contextlib.suppress(OSError, TimeoutError):
            return bool(await self._names.look_up(_NAME_THAT_IS, None))
        return False

    async def _own_addresses(self, url: httpx2.URL) -> list[str]:
        """Return where our own names lead to, as far as name servers tell; raise Refused
        when ``url`` names one of them."""
        if url.host.lower() in self._rules.own_hosts:
            raise Refused("The address leads to this server itself.")
        async with self._asking_own:
            if time.monotonic() - self._own_asked_s > OWN_NAMES_LAST_S:
                await asyncio.gather(*map(self._look_up_own, self._rules.own_hosts))
                self._own_asked_s = time.monotonic()
        return [address for found in self._own.values() for address in found]

    async def _look_up_own(self, host: str) -> None:
        with contextlib.suppress(OSError, UnicodeError, Busy):
            async with asyncio.timeout(OWN_NAME_S):
                self._own[host] = await self._names.look_up(host, None, who=_OUR_NAMES)

    async def _send_to(
        self,
        address: IpAddress,
        url: httpx2.URL,
        headers: Mapping[str, str],
        *,
        method: str = "GET",
        content: bytes | None = None,
    ) -> httpx2.Response:
        if self._transport is None:
            once = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
            self._transport = FrugalTransport(once)
        # The certificate is checked against the name, not the address.
        patience = {"connect": self._patience.connect_s, "read": self._patience.read_s}
        request = httpx2.Request(
            method,
            url.copy_with(host=str(address)),
            content=content,
            headers={
                "Host": url.netloc.decode("ascii"),
                "Accept": "*/*",
                "Accept-Encoding": "identity",
                "Via": OURS,
                **headers,
            },
            extensions={"sni_hostname": url.host, "timeout": {**patience, "write": 5, "pool": 5}},
        )
        return await self._transport.handle_async_request(request)


async def body(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """Give what comes, in pieces as they come.

    Raises StorageUnavailable when it breaks off, or comes so slowly that it can only be meant
    to keep us waiting. Time that the reader takes does not count.
    """
    chunks = response.aiter_raw()
    size_bytes, waited_s = 0, 0.0
    while True:
        asked_s = time.monotonic()
        async with _told():
            data = await anext(chunks, None)
        if data is None:
            return
        size_bytes += len(data)
        waited_s += time.monotonic() - asked_s
        if size_bytes < (waited_s - TIME_TO_BEGIN_S) * SLOWEST_BYTES_PER_S:
            raise StorageUnavailable("The server there is too slow.")
        yield data


@contextlib.asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Turn what goes wrong on the way into StorageErrors."""
    try:
        yield
    except Busy as busy:
        raise StorageBusy from busy
    except (httpx2.TransportError, TimeoutError, OSError, UnicodeError) as error:
        raise StorageUnavailable("The server there does not answer as it should.") from error
