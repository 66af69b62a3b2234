"""An external processing service, as somebody else might run one, with a real ffmpeg.

It behaves correctly unless a test changes ``Vendor.habits``. It runs in its own threads, or as a
program: ``python -m tests.support.vendor --port 9100 --secret whsec_…``.
"""

import argparse
import contextlib
import http.client
import json
import re
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from core import signing
from tests.support.patience import PATIENCE_S

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass(slots=True)
class Habits:
    """Misbehaviour that a test can switch on."""

    # Statuses with which it refuses the next submissions, before it accepts one.
    answers: list[int] = field(default_factory=list)
    # It accepts the next submissions and does the work, but its answer is lost.
    loses_answers: int = 0
    # It accepts and does the work, but never calls back.
    is_silent: bool = False
    # It sends each callback twice, and the last one before the first.
    sends_twice: bool = False
    sends_backwards: bool = False
    # Statuses with which it refuses the next downloads of its results.
    downloads: list[int] = field(default_factory=list)
    # The video encoder.
    encoder: str = "libx264"
    # What it delivers instead of its results.
    delivers: bytes | None = None


@dataclass(slots=True)
class Work:
    """One submitted job."""

    id: str
    order: dict[str, Any]
    folder: Path
    told: dict[str, Any] = field(default_factory=lambda: {"state": "working"})
    is_cancelled: bool = False
    # Set once the job has succeeded or failed.
    is_over: threading.Event = field(default_factory=threading.Event)


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass(slots=True)
class Vendor:
    """The service. Calls ``answered`` in a thread with the response status of each callback."""

    secrets: list[str]
    folder: Path
    port: int = 0
    habits: Habits = field(default_factory=Habits)
    jobs: dict[str, Work] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    callbacks: list[tuple[str, int]] = field(default_factory=list)
    answered: Callable[[], None] = lambda: None
    # While it is cleared, accepted submissions are not answered.
    answers: threading.Event = field(default_factory=_set)
    working: list[threading.Thread] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def submit(self, key: str, order: dict[str, Any]) -> Work:
        """Start a job, once per key."""
        if key not in self.keys:
            job_id = uuid.uuid4().hex[:12]
            folder = self.folder / job_id
            folder.mkdir()
            self.keys[key] = job_id
            self.jobs[job_id] = Work(job_id, order, folder)
            thread = threading.Thread(target=self._work, args=[self.jobs[job_id]], daemon=True)
            self.working.append(thread)
            thread.start()
        return self.jobs[self.keys[key]]

    def _work(self, work: Work) -> None:
        begun = {"state": "working", "progress": 0.1}
        if not self.habits.sends_backwards:
            self.tell(work, begun)
        try:
            self._make(work)
            outputs = [
                {"name": name, "url": f"{self.url}/outputs/{work.id}/{name}"}
                for each in work.order["outputs"]
                for name in each["names"]
            ]
            work.told = {"state": "completed", "outputs": outputs}
        except urllib.error.URLError as error:
            work.told = _failed("source_unavailable", f"The source: {error}.", retry=True)
        except subprocess.CalledProcessError as error:
            words = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
            work.told = _failed("unreadable", f"Not a film: {words}"[:300], retry=False)
        work.is_over.set()
        self.tell(work, work.told)
        if self.habits.sends_backwards:
            self.tell(work, begun)

    def _make(self, work: Work) -> None:
        source = work.folder / "source"
        with urllib.request.urlopen(work.order["source_url"]) as film:
            source.write_bytes(film.read())
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", "source"]
        for each in work.order["outputs"]:
            command += _MAKING[each["kind"]](each)
        command = [self.habits.encoder if each == "libx264" else each for each in command]
        subprocess.run(command, cwd=work.folder, check=True, capture_output=True)

    def wait(self) -> None:
        """Wait until no job is running."""
        for thread in self.working:
            thread.join()

    def tell(self, work: Work, told: dict[str, Any]) -> None:
        """Send a callback with the result, unless ``is_silent``."""
        if self.habits.is_silent or work.is_cancelled:
            return
        event_id = f"evt_{uuid.uuid4().hex}"
        for _ in range(2 if self.habits.sends_twice else 1):
            # Ignore a server that has gone.
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.call_back(work, told, event_id=event_id)

    def call_back(
        self,
        work: Work,
        told: dict[str, Any],
        *,
        event_id: str = "",
        secret: str = "",
        age_s: int = 0,
        **changed: Any,
    ) -> tuple[int, dict[str, Any]]:
        """Send one callback; return the status and the body of the response."""
        echoed = {"id": work.id, "job": work.order["job"], "fence": work.order["fence"]}
        body = json.dumps({**echoed, **told, **changed}).encode()
        fields = signing.headers(
            event_id or f"evt_{uuid.uuid4().hex}",
            int(time.time()) - age_s,
            body,
            keys=[secret or self.secrets[0]],
        )
        request = urllib.request.Request(
            work.order["callback_url"], body, {**fields, "Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, content = error.code, error.read()
        self.callbacks.append((told["state"], status))
        self.answered()
        return status, json.loads(content)


def _failed(code: str, message: str, *, retry: bool) -> dict[str, Any]:
    return {"state": "failed", "error": {"code": code, "message": message, "retry": retry}}


_PICTURE = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def _film(wanted: dict[str, Any]) -> list[str]:
    maps = ["-map", "0:V:0", "-map", "0:a:0?", *_PICTURE, "-c:a", "aac", "-ac", "2"]
    return [*maps, "-movflags", "+faststart", wanted["names"][0]]


def _size(wanted: dict[str, Any]) -> list[str]:
    scale = f"scale={wanted['width']}:{wanted['height']}"
    keys = ["-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0"]
    return ["-map", "0:V:0", "-an", "-vf", scale, *_PICTURE, *keys, *_hls(wanted)]


def _sound(wanted: dict[str, Any]) -> list[str]:
    return ["-map", f"0:a:{wanted['track']}", "-vn", "-c:a", "aac", "-ac", "2", *_hls(wanted)]


def _hls(wanted: dict[str, Any]) -> list[str]:
    playlist, file = wanted["names"]
    return [
        *("-f", "hls", "-hls_playlist_type", "vod", "-hls_time", "4", "-hls_segment_type", "fmp4"),
        *("-hls_flags", "single_file+independent_segments"),
        *("-hls_segment_options", "movflags=+negative_cts_offsets"),
        *("-hls_segment_filename", file, playlist),
    ]


_MAKING = {"film": _film, "picture": _size, "sound": _sound}


class _Handler(BaseHTTPRequestHandler):
    vendor: Vendor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._is_known(body):
            return
        if self.vendor.habits.answers:
            self._answer(self.vendor.habits.answers.pop(0), {"error": "not now"})
            return
        work = self.vendor.submit(self.headers["Idempotency-Key"], json.loads(body))
        self.vendor.answers.wait(PATIENCE_S)
        if self.vendor.habits.loses_answers:
            self.vendor.habits.loses_answers -= 1
            self.close_connection = True
            return
        with contextlib.suppress(OSError):
            self._answer(202, {"id": work.id})

    def do_GET(self) -> None:
        match self.path.split("/")[2:]:
            case ["jobs", job_id] if self._is_known(b""):
                work = self.vendor.jobs.get(job_id)
                self._answer(200, work.told) if work else self._answer(404, {})
            case ["outputs", job_id, name]:
                self._send_output(job_id, name)

    def do_DELETE(self) -> None:
        name = self.path.rpartition("/")[2]
        work = self.vendor.jobs.get(self.vendor.keys.get(name, name))
        if not self._is_known(b""):
            return
        if work:
            work.is_cancelled = True
        self._answer(200 if work else 404, {})

    def _is_known(self, body: bytes) -> bool:
        fields = {name.lower(): value for name, value in self.headers.items()}
        try:
            signing.verify(fields, body, keys=self.vendor.secrets, now_s=time.time())
        except signing.BadSignature:
            self._answer(401, {"error": "bad signature"})
            return False
        return True

    def _send_output(self, job_id: str, name: str) -> None:
        habits = self.vendor.habits
        if habits.downloads:
            self._answer(habits.downloads.pop(0), {})
            return
        content = habits.delivers
        if content is None:
            content = (self.vendor.jobs[job_id].folder / Path(name).name).read_bytes()
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        start, last = (int(asked[1]), min(int(asked[2]), len(content) - 1)) if asked else (0, -1)
        part = content[start : last + 1] if asked else content
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(part)

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Request-Id", f"req_{uuid.uuid4().hex[:16]}")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Log nothing."""


@contextlib.contextmanager
def running(folder: Path, *secrets: str, port: int = 0) -> Iterator[Vendor]:
    """Run a service that accepts ``secrets``, and signs with the first one."""
    vendor = Vendor(list(secrets), folder)
    handler = type("Handler", (_Handler,), {"vendor": vendor})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    vendor.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--secret", required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running(Path(name), given.secret, port=given.port):
        threading.Event().wait()
