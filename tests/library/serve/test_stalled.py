"""A viewer who stops reading holds no storage, and goes on where they were when they read again."""

import contextlib
import functools
import random
import socket
import urllib.request
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from library.serve import responder
from library.storage.base import READ_BYTES, Stat, Storage
from library.storage.local import LocalStorage
from library.storage.options import LocalOptions, RemoteOptions
from library.storage.remote import RemoteStorage
from tests.library.serve.streaming import in_chunks, streaming
from tests.support import nginx
from tests.support.loopback import LoopbackRules
from tests.support.patience import PATIENCE_S
from tests.support.waiting import wait_until

# More than the kernel takes for a reader who does not read.


@functools.cache
def film() -> bytes:
    return random.Random(8).randbytes(24 * 1024**2)


class Counted(LocalStorage):
    """The server's disk, counting who reads; its file can seem to have been changed."""

    readers = 0
    opened = 0
    version = '"first"'

    async def stat(self, key: str) -> Stat:
        return Stat((await super().stat(key)).size_bytes, self.version, datetime.now(UTC))

    @contextlib.asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().open(key, start, stop) as chunks:
            self.readers += 1
            self.opened += 1
            try:
                yield chunks
            finally:
                self.readers -= 1


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responder, "HOLD_S", 0.3)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Counted, int]]:
    storage = Counted(LocalOptions(tmp_path))

    @contextlib.asynccontextmanager
    async def made() -> AsyncIterator[Storage]:
        await storage.put("film", in_chunks(film()), len(film()))
        yield storage

    with streaming(made) as port:
        yield storage, port


@contextlib.contextmanager
def asking(port: int, target: str, *fields: str) -> Iterator[socket.socket]:
    """Ask for a film and read nothing of the answer."""
    with socket.socket() as viewer:
        viewer.settimeout(PATIENCE_S)
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        viewer.connect(("127.0.0.1", port))
        lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *fields, "", ""]
        viewer.sendall("\r\n".join(lines).encode())
        yield viewer


def rest_of(viewer: socket.socket) -> bytes:
    parts = []
    while part := viewer.recv(1 << 20):
        parts.append(part)
    return b"".join(parts)


def test_a_viewer_who_does_not_read_holds_no_file_and_gets_all_when_they_read(
    served: tuple[Counted, int],
) -> None:
    storage, port = served
    with asking(port, "/film") as viewer:
        wait_until(lambda: storage.opened == 1 and not storage.readers, "the file is held")
        head, _, content = rest_of(viewer).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert content == film()
    assert storage.opened >= 2


def test_several_ranges_go_on_where_they_were(served: tuple[Counted, int]) -> None:
    storage, port = served
    middle = len(film()) // 2
    ranges = f"Range: bytes=0-{middle - 1000},{middle + 1000}-"
    with asking(port, "/film", ranges) as viewer:
        wait_until(lambda: storage.opened == 1 and not storage.readers, "the file is held")
        head, _, content = rest_of(viewer).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 206 ")
    assert f"content-length: {len(content)}\r\n".encode() in head
    assert film()[: middle - 999] in content
    assert film()[middle + 1000 :] in content


def test_what_was_changed_meanwhile_is_not_mixed(served: tuple[Counted, int]) -> None:
    storage, port = served
    with asking(port, "/film") as viewer:
        wait_until(lambda: storage.opened == 1 and not storage.readers, "the file is held")
        storage.version = '"second"'
        head, _, content = rest_of(viewer).partition(b"\r\n\r\n")
    assert f"content-length: {len(film())}\r\n".encode() in head
    assert len(content) < len(film())
    assert film().startswith(content)
    assert storage.opened == 1


def viewers_of(elsewhere: nginx.Nginx) -> int:
    """Ask an nginx how many connections it has beside this one."""
    with urllib.request.urlopen(f"{elsewhere.url}/status", timeout=PATIENCE_S) as answer:
        return int(answer.readline().split()[-1]) - 1


@pytest.mark.engines
def test_the_server_of_a_linked_file_is_not_kept_waiting(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(film())
    site = f"""server {{
        listen 127.0.0.1:PORT;
        root {tmp_path};
        location = /status {{ stub_status; }}
    }}"""

    @contextlib.asynccontextmanager
    async def remote() -> AsyncIterator[Storage]:
        storage = RemoteStorage(RemoteOptions(len(film())), rules=LoopbackRules())
        yield storage
        await storage.close()

    with (
        nginx.running(tmp_path / "nginx", site) as elsewhere,
        streaming(remote) as port,
        asking(port, f"/{elsewhere.url}/film.mp4") as viewer,
    ):
        head = viewer.recv(READ_BYTES)
        wait_until(lambda: viewers_of(elsewhere) == 0, "the connection is held")
        assert (head + rest_of(viewer)).partition(b"\r\n\r\n")[2] == film()
