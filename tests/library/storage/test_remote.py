"""Links to files elsewhere, against servers that do what servers do wrong.

The servers listen on loopback, which a link must never reach: only these tests, in code,
let the storage go there.
"""

import asyncio
import random
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.errors import TooLarge
from core.sizes import readable
from library.storage import remote as links
from library.storage import web
from library.storage.addresses import Rules
from library.storage.base import (
    READ_BYTES,
    Missing,
    Permanent,
    Refused,
    StorageUnavailable,
)
from library.storage.options import RemoteOptions
from library.storage.remote import Document, RemoteStorage
from library.storage.web import MOST_REDIRECTS, Patience
from tests.support import public_machine
from tests.support.loopback import LoopbackRules
from tests.support.raw_file import File
from tests.support.raw_server import Answer, Asked, raw_server
from tests.support.servers import ROOT

CONTENT = random.Random(4).randbytes(2 * READ_BYTES + 999)
SIZE = len(CONTENT)
LIMIT = 10 * SIZE


@pytest.fixture
async def remote() -> AsyncIterator[RemoteStorage]:
    storage = RemoteStorage(RemoteOptions(LIMIT), rules=LoopbackRules())
    yield storage
    await storage.close()


@pytest.fixture
async def impatient() -> AsyncIterator[RemoteStorage]:
    """One that waits a second only, for servers that never answer."""
    patience = Patience(connect_s=1, headers_s=1, read_s=1)
    storage = RemoteStorage(RemoteOptions(LIMIT), rules=LoopbackRules(), patience=patience)
    yield storage
    await storage.close()


async def read(storage: RemoteStorage, url: str, start: int = 0, stop: int = SIZE) -> bytes:
    async with storage.open(url, start, stop) as chunks:
        pieces = [piece async for piece in chunks]
    assert all(0 < len(piece) <= READ_BYTES for piece in pieces)
    return b"".join(pieces)


def status(line: str, *headers: str) -> Answer:
    reply = "\r\n".join([f"HTTP/1.1 {line}", "Content-Length: 0", *headers, "", ""])
    return lambda asked: reply.encode()


async def test_a_file_is_passed_on_whole_and_in_any_range(remote: RemoteStorage) -> None:
    async with raw_server(File(CONTENT)) as server:
        url = f"{server.url}/film.mp4?signature=1"
        stat = await remote.stat(url)
        assert stat.size_bytes == SIZE
        assert stat.modified == datetime(2026, 8, 1, 10, tzinfo=UTC)
        for start, stop in [
            (0, SIZE),
            (0, 1),
            (SIZE - 1, SIZE),
            (5, 5),
            (READ_BYTES - 1, SIZE - 7),
        ]:
            assert await read(remote, url, start, stop) == CONTENT[start:stop]
        assert await remote.sign(url, timedelta(minutes=1)) is None
        asked = server.asked[0]
    assert asked.target == "/film.mp4?signature=1"
    assert asked.headers["host"] == server.url.removeprefix("http://")
    assert set(asked.headers) == {"host", "accept", "accept-encoding", "range", "via"}


async def test_nothing_is_stored_listed_or_removed(remote: RemoteStorage) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    async with raw_server(File(CONTENT)) as server:
        with pytest.raises(Refused):
            await remote.put(server.url, chunks(), 1)
        await remote.delete(server.url)
        assert [key async for key in remote.list()] == []
        assert await remote.sweep() == 0
        assert server.asked == []


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("404 Not Found", Missing),
        ("410 Gone", Missing),
        ("401 Unauthorized", Refused),
        ("403 Forbidden", Refused),
        ("416 Range Not Satisfiable", Permanent),
        ("418 Teapot", Permanent),
        ("304 Not Modified", Permanent),
        ("429 Too Many Requests", StorageUnavailable),
        ("500 Internal Server Error", StorageUnavailable),
        ("503 Service Unavailable", StorageUnavailable),
    ],
)
async def test_each_status_has_its_outcome(
    remote: RemoteStorage, line: str, outcome: type[Exception]
) -> None:
    async with raw_server(status(line)) as server:
        with pytest.raises(outcome):
            await remote.stat(server.url)
        with pytest.raises(outcome):
            await read(remote, server.url)


async def test_when_to_come_again_is_passed_on(remote: RemoteStorage) -> None:
    async with raw_server(status("503 Busy", "Retry-After: 17")) as server:
        with pytest.raises(StorageUnavailable) as away:
            await remote.stat(server.url)
    assert away.value.retry_after_s == 17


async def test_a_server_without_ranges_is_refused_and_only_its_start_passed_on(
    remote: RemoteStorage,
) -> None:
    async with raw_server(File(CONTENT, ranges=False)) as server:
        with pytest.raises(Refused, match="cannot send parts"):
            await remote.stat(server.url)
        assert await read(remote, server.url, 0, 100) == CONTENT[:100]
        with pytest.raises(Permanent):
            await read(remote, server.url, 100, 200)


async def test_a_page_in_place_of_the_file_is_named(remote: RemoteStorage) -> None:
    async with raw_server(status("200 OK", "Content-Type: Text/HTML; charset=utf-8")) as server:
        with pytest.raises(Refused, match="There is a page at this link"):
            await remote.stat(server.url)
        with pytest.raises(Refused, match="There is a page at this link"):
            await read(remote, server.url)


async def test_a_file_larger_than_the_limit_is_refused(remote: RemoteStorage) -> None:
    async with raw_server(File(content=bytes(LIMIT + 1))) as server:
        with pytest.raises(TooLarge, match=readable(LIMIT)):
            await remote.stat(server.url)


async def test_a_body_that_comes_by_the_drop_is_given_up(
    remote: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "TIME_TO_BEGIN_S", -SIZE)
    async with raw_server(File(CONTENT)) as server:
        with pytest.raises(StorageUnavailable):
            await read(remote, server.url)


async def test_a_body_that_breaks_off_is_asked_for_again_from_there(
    remote: RemoteStorage,
) -> None:
    file = File(CONTENT)
    file.spoil = lambda asked, number: file.answer(asked, cut=100_000)
    async with raw_server(file) as server:
        assert await read(remote, server.url) == CONTENT
        ranges = [asked.headers["range"] for asked in server.asked]
    assert ranges[:3] == [f"bytes={start}-{SIZE - 1}" for start in (0, 100_000, 200_000)]


async def test_a_body_that_ends_at_once_each_time_is_unavailable(remote: RemoteStorage) -> None:
    file = File(CONTENT)
    file.spoil = lambda asked, number: file.answer(asked, cut=1000 if number == 1 else 0)
    async with raw_server(file) as server:
        with pytest.raises(StorageUnavailable):
            await read(remote, server.url)
        assert len(server.asked) == 2


async def test_two_versions_of_a_file_are_never_spliced(remote: RemoteStorage) -> None:
    file = File(CONTENT)

    def changes(asked: Asked, number: int) -> bytes:
        file.etag = f'"v{min(number, 2)}"'
        return file.answer(asked, cut=1000)

    file.spoil = changes
    async with raw_server(file) as server:
        with pytest.raises(StorageUnavailable, match="changed"):
            await read(remote, server.url)


@pytest.mark.parametrize(
    "change",
    [{"etag": '"v2"'}, {"modified": "Sun, 02 Aug 2026 10:00:00 GMT"}, {"content": b"x" * 9}],
)
async def test_a_file_that_has_changed_is_told_once_and_then_read_as_it_is(
    remote: RemoteStorage, change: dict[str, Any]
) -> None:
    file = File(content=b"123456789_")
    async with raw_server(file) as server:
        before = await remote.stat(server.url)
        for name, value in change.items():
            setattr(file, name, value)
        with pytest.raises(StorageUnavailable):
            await read(remote, server.url, 0, 5)
        after = await remote.stat(server.url)
        assert after.etag != before.etag
        assert await read(remote, server.url, 0, 5) == file.content[:5]


async def test_what_is_opened_again_much_later_is_of_the_same_version(
    remote: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "REMEMBERED", timedelta(0))
    file = File(CONTENT)
    async with raw_server(file) as server:
        version = await remote.one_version(server.url)
        etag = (await version.stat(server.url)).etag
        for start in (0, 1000):
            async with version.open(server.url, start, start + 9) as chunks:
                assert [chunk async for chunk in chunks] == [CONTENT[start : start + 9]]
        file.content, file.etag = CONTENT[::-1], '"v2"'
        for _ in range(2):
            with pytest.raises(StorageUnavailable, match="changed"):
                async with version.open(server.url, 2000, 2009):
                    pass
        assert (await version.stat(server.url)).etag == etag
        assert (await remote.stat(server.url)).etag != etag
        assert await read(remote, server.url) == CONTENT[::-1]


@pytest.mark.parametrize("tags", ["each another", "of two nodes"])
@pytest.mark.parametrize("modified", ["Sat, 01 Aug 2026 10:00:00 GMT", ""])
async def test_a_tag_that_tells_nothing_is_left_out_of_account(
    remote: RemoteStorage, tags: str, modified: str
) -> None:
    file = File(content=b"123456789_", modified=modified)

    def changes(asked: Asked, number: int) -> bytes:
        file.etag = f'"v{number if tags == "each another" else number % 2}"'
        return file.answer(asked)

    file.spoil = changes
    async with raw_server(file) as server:
        await remote.stat(server.url)
        assert await read(remote, server.url, 0, 5) == b"12345"
        stat = await remote.stat(server.url)
        asked = file.asked
        for _ in range(3):
            assert await read(remote, server.url, 2, 10) == b"3456789_"
            assert (await remote.stat(server.url)).etag == stat.etag
        assert file.asked == asked + 3
        file.content = b"12345"
        with pytest.raises(StorageUnavailable, match="changed"):
            await read(remote, server.url, 0, 2)


@pytest.mark.parametrize("turns", [(0, 1), (0, 1, 1), (0, 1, 2)])
async def test_nodes_whose_dates_differ_have_one_file(
    remote: RemoteStorage, turns: tuple[int, ...]
) -> None:
    file = File(content=b"123456789_")

    def by_turns(asked: Asked, number: int) -> bytes:
        node = turns[number % len(turns)]
        file.etag, file.modified = f'"v{node}"', f"Sat, 01 Aug 2026 1{node}:00:00 GMT"
        return file.answer(asked)

    file.spoil = by_turns
    async with raw_server(file) as server:
        await remote.stat(server.url)
        for _ in range(5):
            assert await read(remote, server.url, 2, 10) == b"3456789_"
        await remote.stat(server.url)
        file.content = b"12345"
        with pytest.raises(StorageUnavailable, match="changed"):
            await read(remote, server.url, 0, 2)


async def test_a_player_that_asks_often_makes_us_ask_for_the_size_once(
    remote: RemoteStorage,
) -> None:
    async with raw_server(File(CONTENT)) as server:
        for start in range(5):
            await remote.stat(server.url)
            await read(remote, server.url, start, start + 1)
        assert len(server.asked) == 6


@pytest.mark.parametrize(
    "lines",
    [
        "206 Partial Content\r\nContent-Range: bytes 7-9/100",
        "206 Partial Content\r\nContent-Range: bytes 0-0/*",
        "206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=x",
        "206 Partial Content\r\nContent-Range: bytes 0-0/9\r\nContent-Encoding: gzip",
    ],
)
async def test_an_answer_to_another_question_is_permanent(
    remote: RemoteStorage, lines: str
) -> None:
    async with raw_server(lambda asked: f"HTTP/1.1 {lines}\r\n\r\n".encode()) as server:
        with pytest.raises(Permanent):
            await remote.stat(server.url)


async def test_a_server_that_says_nothing_or_nonsense_is_unavailable(
    impatient: RemoteStorage,
) -> None:
    def answering(reply: bytes | None) -> Answer:
        return lambda asked: reply

    endless_line = b"HTTP/1.1 206 OK\r\nA:" + b"a" * 200_000
    for reply in (None, b"", b"SSH-2.0-OpenSSH_9.2\r\n", endless_line):
        async with raw_server(answering(reply)) as server:
            with pytest.raises(StorageUnavailable):
                await impatient.stat(server.url)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(StorageUnavailable):
        await impatient.stat(f"http://127.0.0.1:{port}/")


async def test_a_server_that_hangs_in_the_middle_is_asked_again_and_then_given_up(
    impatient: RemoteStorage,
) -> None:
    file = File(CONTENT)

    async def stalls(asked: Asked) -> AsyncIterator[bytes]:
        yield file.answer(asked, cut=1000 if file.asked == 1 else 0)
        await asyncio.Event().wait()

    file.spoil = lambda asked, number: stalls(asked)
    async with raw_server(file) as server:
        with pytest.raises(StorageUnavailable):
            await read(impatient, server.url)
        assert len(server.asked) == 2


async def endless(head: bytes) -> AsyncIterator[bytes]:
    yield head
    while True:
        yield bytes(64 * 1024)


HUGE = 10**12


def huge(asked: Asked) -> AsyncIterator[bytes]:
    """Answer with a body that never ends."""
    lines = f"206 Partial Content\r\nContent-Range: bytes 0-{HUGE - 1}/{HUGE}"
    return endless(f"HTTP/1.1 {lines}\r\nContent-Length: {HUGE}\r\n\r\n".encode())


async def test_a_viewer_who_leaves_closes_the_connection(remote: RemoteStorage) -> None:
    async with raw_server(huge) as server:
        async with remote.open(server.url, 0, HUGE) as chunks:
            await anext(chunks)
        async with asyncio.timeout(30):
            await server.disconnected.wait()


async def test_a_viewer_who_is_cut_off_while_waiting_closes_the_connection(
    remote: RemoteStorage,
) -> None:
    async def one_byte(asked: Asked) -> AsyncIterator[bytes]:
        yield File(CONTENT).answer(asked, cut=1)
        await asyncio.Event().wait()

    got_one = asyncio.Event()

    async def watch(url: str) -> None:
        async with remote.open(url, 0, SIZE) as chunks:
            async for _ in chunks:
                got_one.set()

    async with raw_server(one_byte) as server:
        task = asyncio.create_task(watch(server.url))
        await got_one.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(30):
            await server.disconnected.wait()


async def test_what_is_not_read_is_not_taken_from_the_server(remote: RemoteStorage) -> None:
    sent = 0

    async def counted(asked: Asked) -> AsyncIterator[bytes]:
        nonlocal sent
        async for data in huge(asked):
            sent += len(data)
            yield data

    async with raw_server(counted) as server, remote.open(server.url, 0, HUGE) as chunks:
        await anext(chunks)
        before = -1
        while sent != before:  # until the kernel's buffers are full and nobody sends any more
            before = sent
            await asyncio.sleep(0.2)
    assert sent < 32 * 1024**2


async def test_redirects_are_followed_to_the_end(remote: RemoteStorage) -> None:
    async with raw_server(File(CONTENT)) as last:
        async with raw_server(status("302 Found", f"Location: {last.url}/b")) as first:
            assert (await remote.stat(f"{first.url}/a")).size_bytes == SIZE
        assert last.asked[0].target == "/b"
        assert last.asked[0].headers["host"] == last.url.removeprefix("http://")


async def test_redirects_in_a_circle_end(remote: RemoteStorage) -> None:
    async with raw_server(status("301 Moved", "Location: /again")) as server:
        with pytest.raises(Refused, match="too often"):
            await remote.stat(server.url)
        assert len(server.asked) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:8000/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x0a000001/",
        "http://167772161/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://127.0.0.1:22/",
        "http://me:secret@127.0.0.1:8000/",
    ],
)
async def test_a_redirect_out_of_bounds_is_refused(remote: RemoteStorage, target: str) -> None:
    async with raw_server(status("302 Found", f"Location: {target}")) as server:
        with pytest.raises(Refused):
            await remote.stat(server.url)


async def test_what_the_operator_has_named_is_asked_wherever_it_is_and_nothing_behind_it() -> None:
    async with raw_server(File(CONTENT)) as other, raw_server(File(CONTENT)) as named:
        rules = Rules(frozenset({"127.0.0.1"}), named.url)
        storage = RemoteStorage(RemoteOptions(LIMIT), rules=rules)
        assert (await storage.stat(f"{named.url}/a")).size_bytes == SIZE
        with pytest.raises(Refused):
            await storage.stat(f"{other.url}/a")
        await storage.close()
    async with raw_server(status("302 Found", f"Location: {other.url}/b")) as named:
        storage = RemoteStorage(RemoteOptions(LIMIT), rules=Rules(trusted_origin=named.url))
        with pytest.raises(Refused):
            await storage.stat(f"{named.url}/a")
        await storage.close()
    assert not other.asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0", "127.1", "2130706433"])
async def test_our_own_machine_is_out_of_bounds_by_any_name(host: str) -> None:
    storage = RemoteStorage(RemoteOptions(LIMIT))
    async with raw_server(File(CONTENT)) as server:
        for attempt in (storage.stat, lambda url: read(storage, url)):
            with pytest.raises(Refused):
                await attempt(f"http://{host}:{server.port}/")
        assert not server.connected.is_set()


ASK_OUR_OWN_PUBLIC_ADDRESS = """
import asyncio
from library.storage.options import RemoteOptions
from library.storage.remote import Document, RemoteStorage
from tests.support.public_machine import PUBLIC

async def main():
    connected = asyncio.Event()
    server = await asyncio.start_server(lambda *_: connected.set(), PUBLIC, 8080)
    async with server:
        try:
            await RemoteStorage(RemoteOptions(1000)).stat(f"http://{PUBLIC}:8080/film.mp4")
        except Exception as error:
            print(type(error).__name__, connected.is_set())

asyncio.run(main())
"""


def test_our_own_machine_is_out_of_bounds_when_its_address_is_public() -> None:
    command = [*public_machine.IN_ITS_NETWORK, sys.executable, "-c", ASK_OUR_OWN_PUBLIC_ADDRESS]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "Refused False\n", done.stderr


async def test_our_own_names_are_out_of_bounds_and_what_they_lead_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storage = RemoteStorage(RemoteOptions(LIMIT, frozenset({"watch.example.org"})))
    where = {"watch.example.org": "8.8.4.4", "other.example.org": "8.8.4.4"}

    def getaddrinfo(host: str, port: int, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where.get(host, host), port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for host in (*where, "Watch.Example.org", "8.8.4.4"):
        with pytest.raises(Refused, match="this server itself"):
            await storage.stat(f"http://{host}:8080/film.mp4")


class Names:
    """A name server that changes its mind after each question."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.questions: list[str] = []

    def getaddrinfo(self, host: str, port: int, **_options: Any) -> list[Any]:
        self.questions.append(host)
        address = self._answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


async def test_the_connection_goes_to_the_address_that_was_checked(
    remote: RemoteStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names("127.0.0.1", "10.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    async with raw_server(File(CONTENT)) as server:
        url = f"http://films.example.org:{server.port}/film.mp4"
        assert (await remote.stat(url)).size_bytes == SIZE
        assert names.questions == ["films.example.org"]
        assert server.asked[0].headers["host"] == f"films.example.org:{server.port}"
        with pytest.raises(Refused):
            await read(remote, url)
        assert len(server.asked) == 1


async def test_no_error_tells_the_address(remote: RemoteStorage) -> None:
    for reply in (status("500 Oops"), status("404 No"), status("302 Found", "Location: ftp://x")):
        async with raw_server(reply) as server:
            with pytest.raises(Exception) as failed:  # noqa: PT011 - any of ours
                await remote.stat(f"{server.url}/secret-path")
            assert "secret-path" not in str(failed.value)
            assert "127.0.0.1" not in str(failed.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"abc", "\u00e9".encode() * 200_000, b"\xff" * 300_000, b"a\xc3" * 200_000 + b"\xe2"],
)
def test_a_text_is_decoded_in_pieces_as_it_would_be_whole(content: bytes) -> None:
    assert Document("", content, is_open=False).text == content.decode("utf-8", "replace")
