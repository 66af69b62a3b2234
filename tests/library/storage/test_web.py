"""Asking servers that strangers named, who mean trouble."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.fair_queue import Busy, set_asker
from library.storage import names as names_module
from library.storage import web as web_module
from library.storage.addresses import IpAddress
from library.storage.base import Missing, Refused, Storage, StorageBusy, StorageUnavailable
from library.storage.local import LocalStorage
from library.storage.names import Names
from library.storage.options import LocalOptions, RemoteOptions
from library.storage.remote import RemoteStorage
from library.storage.web import NoNames, NoServer, Patience, Web
from tests.library.serve.streaming import streaming
from tests.library.site import Wire
from tests.support import nginx
from tests.support.loopback import LoopbackRules
from tests.support.lost_packets import losing
from tests.support.patience import PATIENCE_S
from tests.support.raw_server import raw_server


async def test_a_name_server_that_does_not_answer_keeps_nobody_elses_file_waiting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    remote = RemoteStorage(RemoteOptions(1000))
    answers = threading.Event()

    def getaddrinfo(*_asked: Any, **_options: Any) -> list[Any]:
        answers.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    # More than a loop has threads on any machine.
    urls = [f"http://{number}.example.org/film.mp4" for number in range(64)]
    asking = [asyncio.create_task(remote.stat(url)) for url in urls]
    try:
        local = LocalStorage(LocalOptions(tmp_path))
        async with asyncio.timeout(30):
            with pytest.raises(Missing):
                await local.stat("film")
    finally:
        answers.set()
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        await remote.close()
    # Those of one who asks for too many are told at once.
    assert {type(outcome) for outcome in outcomes} == {Refused, StorageBusy}


async def test_all_who_ask_for_a_name_from_one_address_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names, looked_up = Names("test"), 0

    def getaddrinfo(host: str, port: int | None, **_options: Any) -> list[Any]:
        nonlocal looked_up
        looked_up += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.4.4", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    set_asker("school")
    # A hundred who watch, and go to another place of the film.
    found = await asyncio.gather(*(names.look_up("films.example.org", 443) for _ in range(100)))
    assert found == [["8.8.4.4"]] * 100
    assert looked_up == 1


@pytest.mark.parametrize(
    ("code", "knows_others", "is_told"),
    [
        (socket.EAI_NONAME, True, True),
        # As some systems say it without a network.
        (socket.EAI_NONAME, False, False),
        (socket.EAI_AGAIN, False, False),
    ],
)
async def test_a_name_that_nobody_has_is_told_from_a_name_server_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, code: int, knows_others: bool, is_told: bool
) -> None:
    def getaddrinfo(host: str, port: int | None, **_options: Any) -> list[Any]:
        if knows_others and host != "films.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.4.4", port))]
        raise socket.gaierror(code, "why")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    remote = RemoteStorage(RemoteOptions(1000))
    with pytest.raises(NoServer if is_told else NoNames):
        await remote.stat("https://films.example/film.mp4")
    await remote.close()


async def test_names_of_one_keep_nobody_elses_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    names, ends = Names("test"), threading.Event()

    def getaddrinfo(host: str, port: int | None, **_options: Any) -> list[Any]:
        assert not host.endswith(".tarpit.example.org") or ends.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.4.4", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    set_asker("ana")
    hosts = [f"{number}.tarpit.example.org" for number in range(64)]
    asking = [asyncio.create_task(names.look_up(host, 80)) for host in hosts]
    try:
        await asyncio.sleep(0)
        # A number is no name.
        assert await names.look_up("192.0.2.1", 80) == ["192.0.2.1"]
        set_asker("ben")
        async with asyncio.timeout(PATIENCE_S):
            assert await names.look_up("films.example.org", 80) == ["8.8.4.4"]
        refused, _ = await asyncio.wait(
            asking, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED
        )
        assert {type(task.exception()) for task in refused} == {Busy}
    finally:
        ends.set()
        await asyncio.gather(*asking, return_exceptions=True)


async def test_a_look_up_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ends.wait(30) and [])
    monkeypatch.setattr(names_module, "LOOK_UP_S", 0.05)
    try:
        with pytest.raises(TimeoutError):
            await Names("test").look_up("0.tarpit.example.org", 80)
    finally:
        ends.set()


async def test_what_our_own_names_led_to_is_kept_though_no_name_server_answers_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = threading.Event()
    hanging = {"hanging.example.org"}

    def getaddrinfo(host: str, port: int | None, **_options: Any) -> list[Any]:
        if host in hanging:
            answers.wait()
            raise OSError("the name server is away")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.4.4", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(web_module, "OWN_NAME_S", 0.05)
    monkeypatch.setattr(web_module, "OWN_NAMES_LAST_S", -1.0)
    own = frozenset({"watch.example.org", *hanging})
    remote = RemoteStorage(RemoteOptions(1000, own), patience=Patience(headers_s=30))
    try:
        for _ in range(2):
            with pytest.raises(Refused, match="this server itself"):
                await remote.stat("http://other.example.org/film.mp4")
            hanging.add("watch.example.org")
    finally:
        answers.set()
        await remote.close()


async def test_an_answer_that_comes_drop_by_drop_keeps_nobody_waiting() -> None:
    async def drops() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    web = Web(LoopbackRules(), Patience(headers_s=0.5, read_s=0.5))
    async with raw_server(lambda _asked: drops()) as server, asyncio.timeout(30):
        with pytest.raises(StorageUnavailable):
            await web.send("POST", server.url, {}, b"news", most=500)


class LoopbackTwiceRules(LoopbackRules):
    def allows_ip(self, address: IpAddress) -> bool:
        return str(address) == "127.0.0.2" or super().allows_ip(address)


async def test_each_request_goes_at_once_to_the_address_that_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    web = Web(LoopbackTwiceRules(), Patience(connect_s=PATIENCE_S))
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    async with raw_server(lambda _asked: answer) as server:
        addresses = [("127.0.0.2", server.port), ("127.0.0.1", server.port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with losing("127.0.0.2", server.port):
            url = f"http://films.example.org:{server.port}/film.mp4"
            assert (await web.send("GET", url, {}, most=500)).text == "hi"


async def test_what_an_answer_says_can_be_stored_by_any_database() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nt\0o\xff!"
    web = Web(LoopbackRules(), Patience())
    async with raw_server(lambda _asked: answer) as server:
        assert (await web.send("GET", server.url, {}, most=500)).text == "t\ufffdo\ufffd!"


@pytest.mark.engines
def test_a_link_that_leads_back_to_us_is_not_followed_in_circles(tmp_path: Path) -> None:
    """Somebody's server can send us to our own address of the very video that we ask for."""
    site = """
        log_format path '$request_uri';
        access_log asked.log path;
        server {
            listen 127.0.0.1:PORT;
            location ~ ^/to/([0-9]+)$ {
                return 302 http://127.0.0.1:$1/http://127.0.0.1:PORT/to/$1;
            }
        }"""

    @contextlib.asynccontextmanager
    async def links() -> AsyncIterator[Storage]:
        storage = RemoteStorage(RemoteOptions(1000), rules=LoopbackRules())
        yield storage
        await storage.close()

    with (
        nginx.running(tmp_path, site) as elsewhere,
        streaming(links) as port,
        contextlib.closing(Wire(port)) as wire,
    ):
        answer = wire.ask("GET", f"/{elsewhere.url}/to/{port}")
        assert answer.error == (503, "unavailable")
    assert (tmp_path / "asked.log").read_text().split() == ["/", f"/to/{port}"]
