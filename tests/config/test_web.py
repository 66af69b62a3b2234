import gzip
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pydantic import SecretStr

from accounts.models import User
from config import web
from library.storage.options import S3Options
from playback.sources import registry

# The home page looks whether somebody has an account.
pytestmark = pytest.mark.django_db

SHELL = b"<!doctype html><title>StreamIt</title>"


@pytest.fixture(autouse=True)
def dist(tmp_path: Path, settings: Any) -> Path:
    """Built pages: the shell, one script with its compressed copy, and the stamp."""
    settings.WEB_DIST = tmp_path
    (tmp_path / "index.html").write_bytes(SHELL)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / ".sources").write_text("stamp")
    (tmp_path / "assets").mkdir()
    script = b"console.log(1);" * 100
    (tmp_path / "assets" / "index-BzQ1x_2a.js").write_bytes(script)
    (tmp_path / "assets" / "index-BzQ1x_2a.js.gz").write_bytes(gzip.compress(script))
    return tmp_path


def policy(response: Any) -> dict[str, str]:
    """Return the Content-Security-Policy as a table of directive to sources."""
    parts = response["Content-Security-Policy"].split("; ")
    return {name: sources for name, _, sources in (part.partition(" ") for part in parts)}


def serving(dist: Path) -> Any:
    """Return the application that serves ``dist`` and leaves the rest to one that answers 418."""

    async def others(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return web.with_static_files(others, dist)


async def get(dist: Path, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return await ask(serving(dist), path, **headers)


async def ask(application: Any, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(event: Any) -> None:
        sent.append(event)

    await application(scope, receive, send)
    start, *parts = sent
    body = b"".join(part["body"] for part in parts)
    received = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], received, body


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/sign-in", "/library", "/account", "/account/webhooks"),
        *("/sign-in/", "/library/", "/account/", "/account/webhooks/", "/videos/0a1b-2c/"),
        *("/r/abc-DEF_123", "/r/abc/", "/videos/0a1b-2c"),
        *("/r/bcdfgh2345.", "/r/bcdf%20gh23%2045", "/r/bcdfgh2345%E2%80%8B", "/r/bcdfgh2345)"),
    ],
)
def test_every_page_is_the_shell(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.content) == (200, SHELL)
    assert response["Content-Type"].startswith("text/html")
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/nothing", "/r/", "/videos/", "/r/a/b", "/R/abc", "/r/%2e%2e", "/index.html"]
)
def test_an_unknown_page_is_the_shell_with_404(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.content) == (404, SHELL)


@pytest.mark.parametrize("path", ["/api", "/api/v1/nothing", "/assets/gone.js", "/ws/rooms/x/"])
def test_machinery_that_is_not_there_is_no_page(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_the_shell_says_what_strangers_may_do(client: Client, dist: Path, settings: Any) -> None:
    (dist / "index.html").write_bytes(b'<!doctype html><html lang="en"><head></head></html>')
    settings.SIGN_UP, settings.GUESTS = "invite", "watch"

    expected = b'<html data-sign-up="invite" data-guests="watch" data-guest-days="90" lang="en">'
    assert expected in client.get("/library").content


@pytest.mark.django_db(transaction=True)
def test_the_home_page_says_that_nobody_has_an_account_yet(client: Client, dist: Path) -> None:
    (dist / "index.html").write_bytes(b"<!doctype html><html></html>")
    User.objects.create(display_name="Ana", is_guest=True)
    assert b'data-fresh="yes"' in client.get("/").content
    assert b"data-fresh" not in client.get("/library").content
    User.objects.create(display_name="Ben", is_guest=False, email="ben@example.org")
    assert b"data-fresh" not in client.get("/").content


def test_the_shell_brings_the_csrf_cookie(client: Client) -> None:
    response = client.get("/")

    assert response.cookies["csrftoken"]["samesite"] == "Lax"
    assert "Cookie" in response["Vary"]


def test_the_shell_lets_in_our_own_code_and_the_players_only(client: Client) -> None:
    rules = policy(client.get("/", headers={"host": "localhost:8000"}))

    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    # Pasted links play from any site.
    assert rules["connect-src"] == "'self' ws://localhost:8000 wss://localhost:8000 https: http:"
    assert rules["media-src"] == "'self' blob: https: http:"
    assert rules["frame-ancestors"] == "'none'"
    assert rules["frame-src"].split() == registry.frame_origins()


def test_a_page_plays_from_other_sites_only_what_the_operator_lets_it(
    client: Client, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://cinema.example"
    assert policy(client.get("/"))["media-src"] == "'self' blob: https:"
    settings.VIDEO_STORAGES = [name for name in settings.VIDEO_STORAGES if name != "remote"]
    rules = policy(client.get("/", headers={"host": "localhost:8000"}))
    assert rules["connect-src"] == "'self' ws://localhost:8000 wss://localhost:8000"
    assert rules["media-src"] == "'self' blob:"


def test_a_storage_elsewhere_may_hand_its_bytes_to_the_browser(
    client: Client, settings: Any
) -> None:
    s3 = S3Options(
        bucket="films",
        prefix="",
        region="eu-central-1",
        endpoint="http://nas.local:9000",
        access_key_id="id",
        secret_access_key=SecretStr("secret"),
    )
    settings.VIDEO_STORAGE_OPTIONS = {**settings.VIDEO_STORAGE_OPTIONS, "s3": s3}

    allowed = policy(client.get("/"))["media-src"]

    assert allowed == "'self' blob: https: http://nas.local:9000 http:"


def test_a_player_at_another_address_may_be_framed(client: Client, settings: Any) -> None:
    settings.VIDKING_URL = "http://127.0.0.1:9999/player"

    response = client.get("/")

    assert "http://127.0.0.1:9999" in policy(response)["frame-src"].split()
    assert '"http://127.0.0.1:9999"' in response["Permissions-Policy"]


def test_the_shell_names_what_the_browser_may_not_do(client: Client) -> None:
    response = client.get("/")

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert "camera=()" in response["Permissions-Policy"]


def test_pages_are_only_read(client: Client) -> None:
    assert client.head("/").status_code == 200
    assert client.post("/").status_code == 405


def test_pages_that_were_never_built_say_so(client: Client, dist: Path) -> None:
    (dist / "index.html").unlink()

    response = client.get("/")

    assert response.status_code == 503
    assert b"./streamit up" in response.content


async def test_built_files_are_kept_by_browsers_for_ever(dist: Path) -> None:
    status, headers, body = await get(dist, "/assets/index-BzQ1x_2a.js")

    assert (status, body[:15]) == (200, b"console.log(1);")
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_built_files_travel_compressed(dist: Path) -> None:
    kept = {"accept-encoding": "gzip"}
    status, headers, body = await get(dist, "/assets/index-BzQ1x_2a.js", **kept)

    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(body).startswith(b"console.log")


async def test_built_files_travel_as_brotli_to_whoever_takes_it(dist: Path) -> None:
    (dist / "assets" / "index-BzQ1x_2a.js.br").write_bytes(b"brotli")
    kept = {"accept-encoding": "gzip, deflate, br, zstd"}
    status, headers, body = await get(dist, "/assets/index-BzQ1x_2a.js", **kept)

    assert (status, headers["content-encoding"], body) == (200, "br", b"brotli")


async def test_files_without_a_hash_in_their_name_are_asked_for_again(dist: Path) -> None:
    status, headers, _ = await get(dist, "/favicon.svg")

    assert status == 200
    assert "immutable" not in headers["cache-control"]


@pytest.mark.parametrize("path", ["/index.html", "/.sources", "/assets/../.sources", "/assets/no"])
async def test_other_paths_are_for_others(dist: Path, path: str) -> None:
    assert (await get(dist, path))[0] == 418


async def test_pages_that_are_built_anew_are_served_without_a_restart(dist: Path) -> None:
    application = serving(dist)
    old, new = dist / "assets/index-BzQ1x_2a.js", dist / "assets/index-Cx8rTq01.js"
    (dist / "index.html").unlink()
    old.unlink()
    new.write_text("console.log(2)")
    assert (await ask(application, "/assets/index-Cx8rTq01.js"))[0] == 418
    (dist / "index.html").write_bytes(SHELL)
    assert (await ask(application, "/assets/index-Cx8rTq01.js"))[2] == b"console.log(2)"
    assert (await ask(application, "/assets/index-BzQ1x_2a.js"))[0] == 418
