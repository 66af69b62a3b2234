"""Requests to addresses that strangers gave; ``addresses`` says where they may go.

A host name is resolved once, all its addresses are checked, and the connection goes to one of them,
so a later answer of the name server cannot change the target. Redirects are checked in the same
way. The requests only reveal that a StreamIt sends them, so that links leading back to one can be
stopped. Connections are not reused, and proxies of the environment are ignored.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

import httpx2

from core.fair_queue import Busy
from library.storage.addresses import IpAddress, Rules, check_ips, origin_of, parse, port_of
from library.storage.base import Permanent, Refused, StorageBusy, StorageUnavailable
from library.storage.names import Names
from library.storage.wire import FrugalTransport

MOST_REDIRECTS = 5
# Sent in the field Via (RFC 9110 section 7.6.3).
OURS = "1.1 streamit"
# Each connection is for one request.
_ONCE = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
_REDIRECTS = {301, 302, 303, 307, 308}
# The slowest speed at which a body is still read, after some time to begin.
SLOWEST_BYTES_PER_S = 16 * 1024
TIME_TO_BEGIN_S = 60
OWN_NAMES_LAST_S = 60
# How long links wait for a name server that does not answer for one of our names.
OWN_NAME_S = 2.0

_NAMES = Names("links")
# The owner of these lookups in the fair queue.
_OUR_NAMES = "own names"


# The name does not exist, or has no address; unlike when name servers do not answer. Some systems
# report the same without any name server: then this well-known name is unknown too.
_NAME_THAT_IS = "a.root-servers.net"
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class NoServer(StorageUnavailable):
    """The host name does not exist. It may come back, or never existed."""

    message = "There is no server of this name."


class NoNames(StorageUnavailable):
    """No name server answers; that is temporary."""

    message = "The address of this site cannot be looked up just now. Try again in a while."


@dataclass(frozen=True, slots=True)
class Patience:
    """The time limits for the steps of a request."""

    connect_s: float = 5
    headers_s: float = 20
    read_s: float = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        # PostgreSQL cannot store NUL in texts.
        return self.body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


class Web:
    """A client for one event loop, which keeps no connection.

    Give it its own ``names`` if it must not wait for the lookups of strangers' links.
    """

    def __init__(self, rules: Rules, patience: Patience, names: Names = _NAMES) -> None:
        self._rules, self._patience, self._names = rules, patience, names
        # The last known addresses of our own names.
        self._own: dict[str, list[str]] = {}
        self._own_asked_s = float("-inf")
        self._asking_own = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def get(self, address: str, headers: Mapping[str, str]) -> AsyncIterator[httpx2.Response]:
        """Ask for ``address``, following redirects; leaving closes the connection.

        Raises Refused for addresses that we do not connect to, and StorageUnavailable if nothing
        answers.
        """
        url = parse(address, self._rules)
        for _ in range(MOST_REDIRECTS + 1):
            async with _translated_errors():
                response = await self._send(url, headers)
            try:
                if response.status_code not in _REDIRECTS:
                    # Addresses in the content are relative to its final address.
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
        """Send ``content`` to ``address``; return the answer with its first ``most`` bytes.

        Does not follow redirects. All of it must be done within the time limit that ``get`` has
        for the head. Raises as ``get`` does.
        """
        url = parse(address, self._rules)
        async with _translated_errors(), asyncio.timeout(self._patience.headers_s):
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

    def _next(self, url: httpx2.URL, location: str) -> httpx2.URL:
        try:
            target = parse(str(url.join(location)), self._rules)
        except (httpx2.InvalidURL, ValueError):
            raise Permanent("The address redirects to nowhere.") from None
        if url.scheme == "https" and target.scheme == "http":
            raise Refused("The address redirects to one without https.")
        return target

    async def _send(
        self,
        url: httpx2.URL,
        headers: Mapping[str, str],
        *,
        method: str = "GET",
        content: bytes | None = None,
    ) -> httpx2.Response:
        """Send a request to one of the host's addresses, all checked; return head and stream."""
        patience = {"connect": self._patience.connect_s, "read": self._patience.read_s}
        request = httpx2.Request(
            method,
            url,
            content=content,
            headers={"Accept": "*/*", "Accept-Encoding": "identity", "Via": OURS, **headers},
            extensions={"timeout": {**patience, "write": 5, "pool": 5}},
        )
        async with asyncio.timeout(self._patience.headers_s):
            transport = FrugalTransport(_ONCE, await self._addresses(url))
            return await transport.handle_async_request(request)

    async def _addresses(self, url: httpx2.URL) -> list[IpAddress]:
        """Return the addresses of ``url``; raise Refused if we do not connect to them."""
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
        except UnicodeError as error:  # not a possible name
            raise NoServer from error

    async def _has_names(self) -> bool:
        """Tell whether a name server answers for a name that always exists."""
        with contextlib.suppress(OSError, TimeoutError):
            return bool(await self._names.look_up(_NAME_THAT_IS, None))
        return False

    async def _own_addresses(self, url: httpx2.URL) -> list[str]:
        """Return the known addresses of our own names; raise Refused if ``url`` has one of them."""
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


async def body(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """Yield the body in chunks as they come.

    Raises StorageUnavailable if it breaks off or is extremely slow. The time that the reader takes
    does not count.
    """
    chunks = response.aiter_raw()
    size_bytes, waited_s = 0, 0.0
    while True:
        asked_s = time.monotonic()
        async with _translated_errors():
            data = await anext(chunks, None)
        if data is None:
            return
        size_bytes += len(data)
        waited_s += time.monotonic() - asked_s
        if size_bytes < (waited_s - TIME_TO_BEGIN_S) * SLOWEST_BYTES_PER_S:
            raise StorageUnavailable("The server there is too slow.")
        yield data


@contextlib.asynccontextmanager
async def _translated_errors() -> AsyncIterator[None]:
    """Turn network failures into StorageErrors."""
    try:
        yield
    except Busy as busy:
        raise StorageBusy from busy
    except (httpx2.TransportError, TimeoutError, OSError, UnicodeError) as error:
        raise StorageUnavailable("The server there does not answer as it should.") from error
