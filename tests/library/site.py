"""A running server for the library's tests, the people on it, and its data seen from outside.

Requests go over plain sockets, so that the tests see the very bytes of the answer.
"""

import contextlib
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from tests.support.clips import tiny_clip
from tests.support.patience import PATIENCE_S
from tests.support.servers import Server, Servers

BOUNDARY = "limit-of-a-part"
# The id of no video.
UNKNOWN = "00000000-0000-4000-8000-000000000000"
TINY_MP4 = tiny_clip()


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; only cookies may come in several lines."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str]:
        """The status and code of an error in the one shape."""
        assert self.headers["content-type"] == "application/json"
        return self.status, self.json["error"]["code"]


class Wire:
    """One connection; an answer whose length is wrong shows in the next."""

    def __init__(self, port: int, *, source: str = "127.0.0.1") -> None:
        """Connect from ``source``; every address 127.x.y.z is this machine's."""
        here = ("127.0.0.1", port)
        self.socket = socket.create_connection(here, PATIENCE_S, source_address=(source, 0))
        self.file: BinaryIO = self.socket.makefile("rb")

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def begin(self, method: str, target: str, headers: Mapping[str, str]) -> None:
        """Send a request's head."""
        fields = {"Host": "localhost", **headers}
        lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def head(self) -> Answer:
        """Read an answer's head; its body stays to be read."""
        status = int(self.file.readline().split()[1])
        headers: dict[str, str] = {}
        cookies: list[str] = []
        while line := self.file.readline().strip():
            name, _, value = line.decode("latin-1").partition(": ")
            if name.lower() == "set-cookie":
                cookies.append(value)
                continue
            assert name.lower() not in headers
            headers[name.lower()] = value
        if status == 100:
            return self.head()
        return Answer(status, headers, b"", tuple(cookies))

    def ask(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        length = {"Content-Length": str(len(body))} if body else {}
        self.begin(method, target, {**length, **(headers or {})})
        self.socket.sendall(body)
        return self.answer(method)

    def answer(self, method: str) -> Answer:
        head = self.head()
        assert "transfer-encoding" not in head.headers, "an answer must never be chunked"
        has_body = method != "HEAD" and head.status not in (204, 304)
        length = int(head.headers["content-length"]) if has_body else 0
        content = self.file.read(length)
        assert len(content) == length
        return replace(head, body=content)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who asks, by Bearer token; Nobody has none."""

    site: "Site"
    token: str = ""
    # Where they come from.
    source: str = "127.0.0.1"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        with contextlib.closing(Wire(self.site.server.port, source=self.source)) as wire:
            return wire.ask(method, f"/api/v1{path}", {**self.headers, **(headers or {})}, body)

    def send_form(self, form: bytes) -> Answer:
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.ask("POST", "/videos", kind, form)

    def upload(self, content: bytes = TINY_MP4, title: str = "A film") -> str:
        """Upload a video; return its id."""
        answer = self.send_form(form(("title", title), ("file", content)))
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def share(self, video_id: str, **facts: int) -> str:
        """Make a media token for a video; return it."""
        kind = {"Content-Type": "application/json"}
        body = json.dumps(facts).encode()
        answer = self.ask("POST", f"/videos/{video_id}/tokens", kind, body)
        assert answer.status == 201, answer
        return str(answer.json["token"])


@dataclass(slots=True)
class Site:
    """A server with Alice and Bob, who have accounts, a guest, and nobody."""

    servers: Servers
    server: Server
    alice: Person = field(init=False)
    bob: Person = field(init=False)
    guest: Person = field(init=False)
    nobody: Person = field(init=False)

    def __post_init__(self) -> None:
        self.nobody = Person(self)
        self.alice, self.bob = self.register("alice"), self.register("bob")
        self.guest = self.new_guest()

    def new_guest(self, *, source: str = "127.0.0.1") -> Person:
        return self._enter("/auth/guest", {"display_name": "Guest"}, source)

    def register(self, name: str, *, source: str = "127.0.0.1") -> Person:
        account = {"email": f"{name}@example.org", "password": "a long enough password"}
        return self._enter("/auth/register", {**account, "display_name": name}, source)

    def _enter(self, path: str, facts: Mapping[str, str], source: str) -> Person:
        kind = {"Content-Type": "application/json"}
        stranger = Person(self, source=source)
        answer = stranger.ask("POST", path, kind, json.dumps(facts).encode())
        assert answer.status == 201, answer
        return Person(self, answer.json["access_token"], source)

    def stored(self, video_id: str) -> Path:
        """Return the file that holds a video's bytes."""
        return self.servers.data / "videos" / video_id / "original"

    def files(self) -> set[Path]:
        """Return every file of the video storage, drafts included."""
        return {path for path in (self.servers.data / "videos").rglob("*") if path.is_file()}

    def rows(self) -> set[str]:
        """Return the id of every video in the database."""
        # A UUID in PostgreSQL, its hexadecimal digits in SQLite.
        found = self.query("SELECT id FROM library_video")
        return {UUID(str(video_id)).hex for (video_id,) in found}

    def set_status(self, video_id: str, status: str) -> None:
        """Put a video into a state that only later parts of the product lead to."""
        key = UUID(video_id).hex
        self.query("UPDATE library_video SET status = ? WHERE id = ?", status, key)

    def begin_deleting(self, video_id: str) -> None:
        """Let another request be deleting a video, which takes it longer than the test."""
        sql = "INSERT INTO library_removal (video_id, holder, held_until) VALUES (?, ?, ?)"
        self.query(sql, UUID(video_id).hex, uuid4().hex, "2999-01-01 00:00:00")

    def set_content(self, video_id: str, content: bytes) -> None:
        """Give a video other bytes, and no more to expect than these."""
        self.stored(video_id).write_bytes(content)
        sql = f"UPDATE library_video SET size_bytes = {len(content)} WHERE id = ?"
        self.query(sql, UUID(video_id).hex)

    def query(self, sql: str, *values: str) -> list[Any]:
        """Ask or change the servers' database behind their back; each ``?`` is a value."""
        return self.servers.query(sql, *values)


def form(*fields: tuple[str, str | bytes], file_name: str = "film.mp4") -> bytes:
    """Encode fields as multipart/form-data; a field of bytes is a file."""
    parts = []
    for name, value in fields:
        is_file = isinstance(value, bytes)
        named = f'; filename="{file_name}"' if is_file else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        parts += [head.encode(), value if isinstance(value, bytes) else value.encode(), b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
