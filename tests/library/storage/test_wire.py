"""A connection takes no more than is asked for: the rest waits in the system, not in us."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore2
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from library.storage.wire import READ_AT_ONCE_BYTES, FrugalTransport, _Network, _Plain
from tests.support.lost_packets import losing
from tests.support.raw_server import raw_server

MUCH = b"x" * (4 * READ_AT_ONCE_BYTES)


@contextlib.asynccontextmanager
async def far_end() -> AsyncIterator[tuple[int, "asyncio.Queue[socket.socket]"]]:
    """Listen; give the port, and a queue of the sockets that come."""
    loop = asyncio.get_running_loop()
    came: asyncio.Queue[socket.socket] = asyncio.Queue()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        async def accept() -> None:
            peer, _ = await loop.sock_accept(listener)
            came.put_nowait(peer)

        accepting = asyncio.ensure_future(accept())
        yield listener.getsockname()[1], came
        await accepting
    while not came.empty():
        came.get_nowait().close()


async def test_a_read_leaves_in_the_system_what_was_not_asked_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.sendall(MUCH[:50_000])
        stream = _Plain(ours)
        assert len(await stream.receive(1000)) == 1000
        assert len(ours.recv(50_000, socket.MSG_PEEK)) == 49_000


async def test_no_read_brings_more_than_one_piece() -> None:
    async with far_end() as (port, came):
        connection = await _Network().connect_tcp("127.0.0.1", port, timeout=30)
        peer = await came.get()
        sending = asyncio.ensure_future(asyncio.get_running_loop().sock_sendall(peer, MUCH))
        left = len(MUCH)
        while left:
            piece = await connection.read(10 * READ_AT_ONCE_BYTES, timeout=30)
            assert 0 < len(piece) <= READ_AT_ONCE_BYTES
            left -= len(piece)
        await sending
        peer.close()
        assert await connection.read(10, timeout=30) == b""
        assert connection.get_extra_info("is_readable")
        await connection.aclose()


async def test_a_far_end_that_says_nothing_is_not_waited_for_longer_than_asked() -> None:
    async with far_end() as (port, came):
        connection = await _Network().connect_tcp("127.0.0.1", port, timeout=30)
        assert not connection.get_extra_info("is_readable")
        with pytest.raises(httpcore2.ReadTimeout):
            await connection.read(10, timeout=0.01)
        await connection.aclose()
        came.put_nowait(await came.get())


async def test_nobody_there_is_an_error_of_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(httpcore2.ConnectError):
        await _Network().connect_tcp("127.0.0.1", port, timeout=30)


async def test_an_address_that_does_not_answer_is_waited_for_only_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with far_end() as (port, came):
        addresses = [("127.0.0.2", port), ("127.0.0.3", port), ("127.0.0.1", port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        # Nothing listens at the second.
        with losing("127.0.0.2", port):
            connection = await _Network().connect_tcp("films.example", port, timeout=30)
            peer = await came.get()
            peer.send(b"here")
            assert await connection.read(10, timeout=30) == b"here"
            await connection.aclose()
        came.put_nowait(peer)


async def test_where_no_address_answers_it_is_waited_for_no_longer_than_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with losing("127.0.0.2", port), pytest.raises(httpcore2.ConnectTimeout):
            await _Network().connect_tcp("127.0.0.2", port, timeout=0.3)


async def test_without_a_permitted_address_it_connects_nowhere() -> None:
    async with raw_server(lambda request: b"HTTP/1.1 200 OK\r\n\r\n") as server:
        with pytest.raises(httpcore2.ConnectError):
            await _Network([]).connect_tcp("localhost", server.port, timeout=30)
    assert not server.connected.is_set()


async def test_a_name_is_looked_up_where_no_address_is_given() -> None:
    async with (
        raw_server(lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as server,
        httpx2.AsyncClient(transport=FrugalTransport(httpx2.Limits())) as client,
    ):
        answer = await client.get(f"http://localhost:{server.port}/")
    assert answer.content == b"hi"


def self_signed(folder: Path) -> Path:
    """Make a key and certificate of localhost in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return path


async def test_a_secret_connection_brings_all_of_it_and_ends(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(3) == b"all"
        writer.write(MUCH)
        await writer.drain()
        writer.close()

    pem = self_signed(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(pem)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=theirs)
    port = server.sockets[0].getsockname()[1]
    for trusted in (True, False):
        ours = ssl.create_default_context(cafile=pem if trusted else None)
        plain = await _Network().connect_tcp("127.0.0.1", port, timeout=30)
        if not trusted:
            with pytest.raises(httpcore2.ConnectError):
                await plain.start_tls(ours, "localhost", timeout=30)
            continue
        connection = await plain.start_tls(ours, "localhost", timeout=30)
        await connection.write(b"all", timeout=30)
        received = b""
        while piece := await connection.read(10 * READ_AT_ONCE_BYTES, timeout=30):
            assert len(piece) <= READ_AT_ONCE_BYTES
            received += piece
        assert received == MUCH
        await connection.aclose()
    server.close()
