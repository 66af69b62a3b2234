"""Connections that read only what is asked for.

The usual transports read everything that the system has received, up to megabytes, before the
first byte is needed: too much for each slow viewer. Here every read is one ``recv``, so the
system's buffer fills and the other end waits.
"""

import asyncio
import contextlib
import functools
import select
import socket
import ssl
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore2
import httpx2
from anyio import BrokenResourceError, ClosedResourceError, EndOfStream
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

from library.storage.addresses import IpAddress

READ_AT_ONCE_BYTES = 32 * 1024
# How long one address is waited for before the next is tried beside it (RFC 8305 section 8).
_NEXT_ADDRESS_S = 0.25


class FrugalTransport(httpx2.AsyncHTTPTransport):
    """An httpx transport with such connections; it ignores environment variables.

    With ``addresses`` it connects to one of these and nowhere else, whatever the host of the
    request is called.
    """

    def __init__(self, limits: httpx2.Limits, addresses: Sequence[IpAddress] | None = None) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_trust(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Network(addresses),
        )


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return the TLS context, made once because reading all certificates takes 27 ms."""
    return httpx2.create_ssl_context(trust_env=False)


class _Network(httpcore2.AsyncNetworkBackend):
    def __init__(self, addresses: Sequence[IpAddress] | None = None) -> None:
        self._addresses = addresses

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        with _translated_errors(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                addresses = self._addresses
                if addresses is None:
                    addresses = await _look_up(host, port)
                plain = await _connect(addresses, port)
        return _Connection(_Plain(plain), plain)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Connection(httpcore2.AsyncNetworkStream):
    def __init__(self, stream: ByteStream, plain: socket.socket) -> None:
        self._stream, self._plain = stream, plain

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _translated_errors(httpcore2.ReadTimeout, httpcore2.ReadError):
            async with asyncio.timeout(timeout):
                with contextlib.suppress(EndOfStream):
                    return await self._stream.receive(min(max_bytes, READ_AT_ONCE_BYTES))
        return b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _translated_errors(httpcore2.WriteTimeout, httpcore2.WriteError):
            async with asyncio.timeout(timeout):
                await self._stream.send(buffer)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            with _translated_errors(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                async with asyncio.timeout(timeout):
                    stream = await TLSStream.wrap(
                        self._stream,
                        ssl_context=ssl_context,
                        hostname=server_hostname,
                        # Many servers close without a close notice; lengths show what is missing.
                        standard_compatible=False,
                        server_side=False,
                    )
        except BaseException:
            await self.aclose()
            raise
        return _Connection(stream, self._plain)

    def get_extra_info(self, info: str) -> Any:
        # Asked about an idle connection: if there is something to read, it was closed.
        if info == "is_readable":
            if self._plain.fileno() < 0:
                return True
            poll = select.poll()
            poll.register(self._plain, select.POLLIN)
            return bool(poll.poll(0))
        return None


class _Plain(ByteStream):
    """A connected socket, read directly."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain

    async def receive(self, max_bytes: int = READ_AT_ONCE_BYTES) -> bytes:
        try:
            data = await asyncio.get_running_loop().sock_recv(self._plain, max_bytes)
        except OSError as error:
            raise BrokenResourceError from error
        if not data:
            raise EndOfStream
        return data

    async def send(self, item: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._plain, item)
        except OSError as error:
            raise BrokenResourceError from error

    async def send_eof(self) -> None:
        self._plain.shutdown(socket.SHUT_WR)

    async def aclose(self) -> None:
        self._plain.close()


async def _connect(addresses: Sequence[IpAddress], port: int) -> socket.socket:
    """Connect to the address that answers first; raise OSError if none does.

    Each is tried a moment after the one before (RFC 8305 section 5), because in some networks
    everything to IPv6 addresses is lost without a word.
    """
    left, connecting = deque(addresses), set[asyncio.Task[socket.socket]]()
    failure: OSError = OSError("no address")
    try:
        while left or connecting:
            if left:
                connecting.add(asyncio.ensure_future(_connect_to(left.popleft(), port)))
            wait_s = _NEXT_ADDRESS_S if left else None
            await asyncio.wait(connecting, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            for task in [each for each in connecting if each.done()]:
                connecting.remove(task)
                try:
                    return task.result()
                except OSError as error:
                    failure = error
        raise failure
    finally:
        for task in connecting:
            task.add_done_callback(_close_late)
            task.cancel()


async def _connect_to(address: IpAddress, port: int) -> socket.socket:
    plain = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6)
    try:
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(plain, (str(address), port))
    except BaseException:
        plain.close()
        raise
    return plain


def _close_late(task: asyncio.Task[socket.socket]) -> None:
    """Close a connection that was made when another was there already."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _look_up(host: str, port: int) -> list[IpAddress]:
    """Resolve ``host``; an IP address is used as it is, without a name server."""
    with contextlib.suppress(ValueError):
        return [ip_address(host)]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(address[0]) for _, _, _, _, address in found]


@contextlib.contextmanager
def _translated_errors(
    timeout: type[httpcore2.TimeoutException], failure: type[httpcore2.NetworkError]
) -> Iterator[None]:
    """Turn failures into httpcore's errors, which httpx turns into its own."""
    try:
        yield
    except TimeoutError as error:
        raise timeout from error
    except (OSError, ssl.SSLError, BrokenResourceError, ClosedResourceError, EndOfStream) as error:
        raise failure(str(error)) from error
