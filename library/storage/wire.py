"""Connections that read only what is asked for.

The usual transports read everything that the system has received, up to megabytes, before the
first byte is needed: too much for each slow viewer. Here every read is one ``recv``, so the
system's buffer fills and the other end waits.
"""

import asyncio
import contextlib
import functools
import ipaddress
import select
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore2
import httpx2
from anyio import BrokenResourceError, ClosedResourceError, EndOfStream
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

READ_AT_ONCE_BYTES = 32 * 1024


class FrugalTransport(httpx2.AsyncHTTPTransport):
    """An httpx transport with such connections; it ignores environment variables."""

    def __init__(self, limits: httpx2.Limits) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_trust(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Network(),
        )


@functools.cache
def _trust() -> ssl.SSLContext:
    """Return the TLS context, made once because reading all certificates takes 27 ms."""
    return httpx2.create_ssl_context(trust_env=False)


class _Network(httpcore2.AsyncNetworkBackend):
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
                plain = await _connected(host, port)
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


async def _connected(host: str, port: int) -> socket.socket:
    """Connect to the first address of ``host`` that answers; raise OSError if none does."""
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for family, address in await _addresses(host, port):
        plain = socket.socket(family)
        try:
            plain.setblocking(False)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(plain, address)
        except BaseException as error:
            plain.close()
            if not isinstance(error, OSError):
                raise
            failure = error
        else:
            return plain
    raise failure or OSError(f"{host} has no address")


async def _addresses(host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    """Resolve ``host``; an IP address is used as it is, without a name server."""
    with contextlib.suppress(ValueError):
        is_old = ipaddress.ip_address(host).version == 4
        return [(socket.AF_INET if is_old else socket.AF_INET6, (host, port))]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


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
