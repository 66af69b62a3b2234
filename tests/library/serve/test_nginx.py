"""nginx (Debian's) beside us and in front of us.

Beside us it sends the same file by itself, and answers the same vectors; where it answers
otherwise, DIFFERENCES says how and why. In front of us, as deploy/nginx.conf has it, it
sends local files that we name after our checks, and nothing of the answer may differ.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.library.serve.nginx_differences import DIFFERENCES
from tests.library.serve.vectors import CASES, CONTENT, LAST_MODIFIED, SIZES, File, Told, name_of
from tests.library.site import BOUNDARY, TINY_MP4, Site, Wire, form
from tests.support import nginx
from tests.support import servers as server_processes
from tests.support.waiting import wait_until

# What deploy/nginx.conf lets anybody send anywhere.
BODY_LIMIT = 128 * 1024


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nginx.Nginx]:
    """An nginx that sends a file of each size in the vectors."""
    folder = tmp_path_factory.mktemp("plain")
    for size in SIZES:
        write(folder / f"{size}.mp4", CONTENT[:size])
    site = f"server {{ listen 127.0.0.1:PORT; root {folder}; }}"
    with nginx.running(folder / "nginx", site) as running:
        yield running


def write(path: Path, content: bytes, *, modified_s: float = LAST_MODIFIED.timestamp()) -> None:
    """Write a file whose last change is no news."""
    path.write_bytes(content)
    os.utime(path, (modified_s, modified_s))


@pytest.mark.engines
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_nginx_answers_the_same_or_differs_as_explained(
    plain: nginx.Nginx, case: dict[str, Any]
) -> None:
    with contextlib.closing(Wire(plain.port)) as wire:
        file = File(wire, f"/{case['size']}.mp4", case["size"], {})
        told = file.told(file.answer(case))
    assert told == DIFFERENCES.get(case["name"], Told.by(case))


def test_every_difference_is_of_a_vector_and_is_one() -> None:
    ours = {case["name"]: Told.by(case) for case in CASES}
    for name, theirs in DIFFERENCES.items():
        assert theirs != ours[name], name


@pytest.fixture(scope="module")
def site(
    valkey_socket: Path, migrated_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A server that lets nginx send its files."""
    data = server_processes.copy_template(
        migrated_template, tmp_path_factory.mktemp("behind") / "data"
    )
    servers = server_processes.Servers(data, f"unix://{valkey_socket}")
    settings = {"STREAMIT_RATE_LIMITS": "off", "STREAMIT_NGINX_SENDS_FILES": "on"}
    try:
        yield Site(servers, servers.start(env=settings))
    finally:
        servers.stop_all()


@pytest.fixture(scope="module")
def before_it(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[nginx.Nginx]:
    """The nginx before it."""
    http = nginx.deployed(site.server.port, site.servers.data)
    with nginx.running(tmp_path_factory.mktemp("front"), http) as running:
        yield running


@pytest.fixture(scope="module")
def front(before_it: nginx.Nginx) -> Iterator[Wire]:
    """A connection to that."""
    with contextlib.closing(Wire(before_it.port)) as wire:
        yield wire


def target(video: str, query: str = "") -> str:
    return f"/api/v1/videos/{video}/stream{query}"


@pytest.fixture(scope="module")
def videos(site: Site) -> dict[int, str]:
    videos = {}
    for size in SIZES:
        videos[size] = site.alice.upload()
        site.set_content(videos[size], CONTENT[:size])
        write(site.stored(videos[size]), CONTENT[:size])
    return videos


@pytest.fixture(scope="module")
def files(site: Site, front: Wire, videos: dict[int, str]) -> dict[int, File]:
    headers = site.alice.headers
    return {size: File(front, target(video), size, headers) for size, video in videos.items()}


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_file_that_nginx_sends_for_us_answers_as_the_vectors_say(
    files: dict[int, File], case: dict[str, Any]
) -> None:
    files[case["size"]].check(case)


def test_what_has_come_of_an_upload_is_not_kept_back_by_nginx(
    site: Site, before_it: nginx.Nginx
) -> None:
    tus = {**site.alice.headers, "Tus-Resumable": "1.0.0"}
    with contextlib.closing(Wire(before_it.port)) as wire:
        begun = wire.ask("POST", "/api/v1/uploads", {**tus, "Upload-Length": "2000000"})
        path = urlsplit(begun.headers["location"]).path
        part = {
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": "2000000",
            "Upload-Offset": "0",
        }
        wire.begin("PATCH", path, {**tus, **part})
        wire.socket.sendall(TINY_MP4)

        def has_come() -> bool:
            answer = site.alice.ask("HEAD", path.removeprefix("/api/v1"), tus)
            return answer.headers["upload-offset"] == str(len(TINY_MP4))

        wait_until(has_come, "it waits for the rest")


@pytest.mark.parametrize(
    "path",
    ["/", "/api/v1/auth/login", "/api/v1/videos/x/stream", "/api/v1/videos/", "/ws/rooms/abc/"],
)
@pytest.mark.parametrize("length", ["told", "not told"])
def test_nobody_fills_the_disk_of_nginx_with_a_long_body(
    before_it: nginx.Nginx, path: str, length: str
) -> None:
    with contextlib.closing(Wire(before_it.port)) as wire:
        if length == "told":
            wire.begin("POST", path, {"Content-Length": str(8 * 1024**3)})
        else:
            wire.begin("POST", path, {"Transfer-Encoding": "chunked"})
            chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
            wire.socket.sendall(3 * chunk)
        assert wire.answer("POST").error == (413, "too_large")
        assert before_it.kept_bytes() <= BODY_LIMIT


def test_a_form_with_a_film_passes_nginx_and_leaves_nothing_there(
    site: Site, before_it: nginx.Nginx
) -> None:
    content = TINY_MP4 + bytes(2_000_000)
    body = form(("title", "Long"), ("file", content))
    fields = {
        **site.alice.headers,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(body)),
    }
    before = site.files()
    with contextlib.closing(Wire(before_it.port)) as wire:
        wire.begin("POST", "/api/v1/videos", fields)
        wire.socket.sendall(body[:1_000_000])

        def is_coming() -> bool:
            return any(path.stat().st_size > 500_000 for path in site.files() - before)

        wait_until(is_coming, "the server has what was sent")
        assert before_it.kept_bytes() == 0
        wire.socket.sendall(body[1_000_000:])
        assert wire.answer("POST").status == 201


def test_subtitles_of_more_than_anything_else_may_have_pass_nginx(site: Site, front: Wire) -> None:
    cues = "".join(f"{n}\n00:00:01,000 --> 00:00:02,000\nA line of text\n\n" for n in range(5000))
    body = form(("file", cues.encode()), file_name="film.srt")
    assert len(body) > BODY_LIMIT
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    path = f"/api/v1/videos/{site.alice.upload()}/subtitles"
    assert front.ask("POST", path, {**site.alice.headers, **kind}, body).status == 201


def test_nginx_sends_the_bytes_and_nobody_sees_where_from(
    site: Site, front: Wire, videos: dict[int, str]
) -> None:
    asked = {**site.alice.headers, "Range": "bytes=5-9"}
    named = site.alice.ask("GET", target(videos[1000]).removeprefix("/api/v1"), asked)
    assert (named.status, named.body) == (200, b"")
    assert named.headers["x-accel-redirect"].startswith("/_files/part/")
    answer = front.ask("GET", target(videos[1000]), asked)
    assert (answer.status, answer.body) == (206, CONTENT[5:10])
    assert "x-accel-redirect" not in answer.headers


def test_nginx_tells_no_date_that_we_do_not(site: Site, front: Wire) -> None:
    """Of a file that was changed just now; see test_stream."""
    video = site.alice.upload()
    write(site.stored(video), TINY_MP4, modified_s=time.time() + 3600)
    for method in ("HEAD", "GET"):
        answer = front.ask(method, target(video), site.alice.headers)
        assert answer.status == 200
        assert "last-modified" not in answer.headers


def test_nobody_gets_at_a_file_past_our_checks(
    site: Site, front: Wire, videos: dict[int, str]
) -> None:
    video = videos[1000]
    key = site.stored(video).relative_to(site.servers.data / "videos")
    for folder in ("part", "whole"):
        assert front.ask("GET", f"/_files/{folder}/{key}").status == 404
    asked = {"Range": "bytes=0-4"}
    assert front.ask("GET", target(video), asked).error == (401, "not_authenticated")
    assert front.ask("GET", target(video, "?token=x"), asked).error == (401, "token_invalid")
    others = {**site.bob.headers, **asked}
    assert front.ask("GET", target(video), others).error == (404, "not_found")
    unfinished = site.alice.upload()
    site.set_status(unfinished, "processing")
    assert front.ask("GET", target(unfinished), site.alice.headers).error == (409, "not_ready")
    gone = site.alice.upload()
    site.stored(gone).unlink()
    assert front.ask("GET", target(gone), site.alice.headers).error == (404, "file_missing")


@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-4"}, {"Range": "bytes=0-4,500-504"}])
def test_what_we_say_of_a_file_goes_along_when_nginx_sends_it(
    site: Site, front: Wire, fields: dict[str, str]
) -> None:
    video = site.alice.upload(title="A Film")
    write(site.stored(video), TINY_MP4 + bytes(2000))
    path = target(video, f"?token={site.alice.share(video)}&download=1")
    told = front.ask("HEAD", path).headers
    answer = front.ask("GET", path, fields)
    for name in (
        "access-control-allow-origin",
        "access-control-expose-headers",
        "cache-control",
        "content-disposition",
        "cross-origin-resource-policy",
        "etag",
        "x-content-type-options",
    ):
        assert answer.headers[name] == told[name]
