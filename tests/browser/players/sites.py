"""The two sites of a player test: our page, and the providers', on ports of their own."""

import contextlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PAGES = Path(__file__).parent / "pages"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".mp4": "video/mp4",
    ".mkv": "video/x-matroska",
    ".m4s": "video/iso.segment",
    ".m3u8": "application/vnd.apple.mpegurl",
}
# As strict as the real page's: a player that needs more would fail there.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "media-src 'self' blob:; connect-src 'self'; frame-src http://127.0.0.1:* http://localhost:*"
)
PROVIDER_PAGES = {
    r"/embed/(movie|tv)/.+": "fake_vidking.html",
    r"/embed/[^/]+": "fake_youtube.html",
    r"/video/[^/]+": "fake_vimeo.html",
}


@dataclass
class Gate:
    """Holds answers up until it is opened."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)


@dataclass
class Site:
    """Serves the files of its folders; ``/status/403/…`` answers with that status.

    ``/status/502/storage_refused/…`` answers with that error of our server's, too.

    ``fails`` has paths (after the leading slash) that answer 503 so many times. ``gates`` has
    paths whose answers wait for their gate, from the third time they are asked for.
    """

    folders: list[Path]
    fails: dict[str, int] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def start(self) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.answer(self)

            def do_HEAD(self) -> None:
                site.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def origin(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server.server_address[1]}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        path = urlsplit(request.path).path.lstrip("/")
        if path in self.gates and self.asked.count(request.path) >= 3:
            self.gates[path].reached.set()
            self.gates[path].opened.wait()
        status, file = self.find(path)
        body = file.read_bytes() if file else b""
        if error := re.fullmatch(r"status/\d+/(\w+)/.*", path):
            body = json.dumps({"error": {"code": error[1], "message": "It says why."}}).encode()
        headers = {"Content-Security-Policy": CSP, "Accept-Ranges": "bytes"}
        headers["Content-Type"] = TYPES.get(file.suffix if file else "", "text/plain")
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        if asked and status == 200:
            start, size = int(asked[1]), len(body)
            stop = min(int(asked[2]) + 1 if asked[2] else size, size)
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
            status, body = 206, body[start:stop]
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name, value)
        request.end_headers()
        # A player that is gone, or seeks, hangs up in the middle.
        with contextlib.suppress(ConnectionError):
            request.wfile.write(body if request.command == "GET" else b"")

    def find(self, path: str) -> tuple[int, Path | None]:
        """Return how ``path`` is answered."""
        if refused := re.fullmatch(r"status/(\d+)/.*", path):
            return int(refused[1]), None
        if self.fails.get(path, 0) > 0:
            self.fails[path] -= 1
            return 503, None
        for form, page in PROVIDER_PAGES.items():
            if re.fullmatch(form, f"/{path}"):
                return 200, PAGES / page
        # The same stream under links with different tokens.
        path = re.sub(r"^\w+/film/v1/", "hls/", path)
        for folder in self.folders:
            if (folder / path).is_file():
                return 200, folder / path
        return 404, None
