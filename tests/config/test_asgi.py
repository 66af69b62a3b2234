import asyncio
from typing import Any

import pytest

from config import asgi
from core import fair_queue


async def live_through() -> list[str]:
    """Start and end the application; return the kinds of what it answered."""
    answers: list[str] = []

    async def receive() -> Any:
        return {"type": "lifespan.shutdown" if answers else "lifespan.startup"}

    async def send(event: Any) -> None:
        answers.append(event["type"])

    scope: Any = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    await asgi.application(scope, receive, send)
    return answers


async def test_startup_hooks_run_in_order_and_every_shutdown_hook_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[str] = []

    def hook(name: str) -> asgi.Hook:
        async def run() -> None:
            ran.append(name)
            if name == "fails":
                raise RuntimeError(name)

        return run

    monkeypatch.setattr(asgi, "STARTUP", [hook("first"), hook("second")])
    monkeypatch.setattr(asgi, "SHUTDOWN", [hook("fails"), hook("last")])

    assert await live_through() == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert ran == ["first", "second", "fails", "last"]


async def test_a_failing_startup_hook_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails() -> None:
        raise RuntimeError("no room for this")

    monkeypatch.setattr(asgi, "STARTUP", [fails])

    assert await live_through() == ["lifespan.startup.failed"]


async def test_without_lifespan_events_the_first_connection_waits_for_the_startup_hooks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[str] = []

    async def begin() -> None:
        await asyncio.sleep(0)
        ran.append("hook")

    async def route(*_connection: object) -> None:
        ran.append("answer")

    monkeypatch.setattr(asgi, "STARTUP", [begin])
    monkeypatch.setattr(asgi, "route", route)
    scope: Any = {"type": "http"}
    nothing: Any = None
    await asyncio.gather(*(asgi.application(scope, nothing, nothing) for _ in range(3)))

    assert ran == ["hook", "answer", "answer", "answer"]


@pytest.mark.parametrize(
    ("address", "whom"), [("192.0.2.7", "192.0.2.7"), ("2001:db8::7", "2001:db8::/64")]
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_what_is_done_for_a_request_counts_for_its_address(
    kind: str, address: str, whom: str
) -> None:
    async def receive() -> Any:
        return {"type": f"{kind}.connect"}

    async def send(event: Any) -> None:
        pass

    scope: Any = {"type": kind, "path": "/", "headers": [], "http_version": "1.1", "method": "GET"}
    scope["client"] = [address, 1]
    await asgi.route(scope, receive, send)
    assert fair_queue.asker() == whom


async def test_a_socket_to_an_unknown_path_is_refused() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(event: Any) -> None:
        sent.append(event["type"])

    scope: Any = {"type": "websocket", "path": "/ws/elsewhere", "headers": [], "query_string": b""}
    await asgi.route(scope, receive, send)

    assert sent == ["websocket.close"]


@pytest.mark.parametrize(
    ("version", "hosts", "status"),
    [("1.1", 0, 400), ("1.1", 2, 400), ("1.0", 2, 400), ("1.1", 1, 405), ("1.0", 0, 405)],
)
async def test_a_request_names_one_host(version: str, hosts: int, status: int) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: Any) -> None:
        sent.append(event)

    scope: Any = {
        "type": "http",
        "http_version": version,
        "method": "PATCH",
        "path": "/api/v1/videos/7f0e3c0a-0000-4000-8000-000000000000/stream",
        "query_string": b"",
        "headers": [(b"host", b"example.org")] * hosts,
        "client": None,
        "server": None,
    }
    await asgi.route(scope, receive, send)
    assert sent[0]["status"] == status


@pytest.mark.parametrize("name", ["film.mp4", "v360.m3u8", "s001.jpg", "master1.m3u8", "x" * 64])
def test_what_is_made_of_a_film_is_found_by_its_name(name: str) -> None:
    assert any(mount.path.fullmatch(f"/media/token/video/v1/{name}") for mount in asgi.MOUNTS)


@pytest.mark.parametrize("name", ["a\0b", "\udcff", "a b", "\u00e9", "x" * 65, ""])
def test_a_name_that_no_film_can_have_never_gets_to_the_database(name: str) -> None:
    # PostgreSQL refuses a NUL, and with it the names that others ask for at the same moment.
    assert not any(mount.path.fullmatch(f"/media/token/video/v1/{name}") for mount in asgi.MOUNTS)
