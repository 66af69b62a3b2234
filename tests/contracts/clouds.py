"""Servers that speak the published APIs of Dropbox and Google Drive, as far as we use them.

They are strict: what the documentation does not allow fails the test that does it. Each
keeps files in memory, and can be told to fail in the ways the documentation lists.
"""

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.raw_server import Asked

SECRETS = {
    "client_id": "our-id",
    "client_secret": "our-client-secret",
    "refresh_token": "our-refresh-token",
}
# A trouble: the request does its work, but its answer is lost.
LOST = b"lost"


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def reply(
    status: int, body: "bytes | Mapping[str, Any]" = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return the bytes of a response."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    phrase = "Client Closed" if status == 499 else HTTPStatus(status).phrase
    lines = [
        f"HTTP/1.1 {status} {phrase}",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass
class Cloud:
    """What both have: access tokens that end, and troubles that are waiting to happen.

    ``troubles`` answer the next requests in their order; None lets one through.
    """

    troubles: list[bytes | None] = field(default_factory=list)
    tokens: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    token: str = ""
    token_answer: bytes | None = None
    written: dict[str, str] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    url: str = ""

    def __call__(self, asked: Asked) -> bytes:
        if asked.target in ("/oauth2/token", "/token"):
            return self.token_answer or self._give_token(asked)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return reply(401, {"error": {"code": 401, ".tag": "expired_access_token"}})
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None and trouble != LOST:
            return trouble
        answer = self.answer(asked)
        return b"" if trouble == LOST else answer

    def answer(self, asked: Asked) -> bytes:
        raise NotImplementedError

    def end_token(self) -> None:
        """Let the access token end before its time."""
        self.token = "ended"

    def _give_token(self, asked: Asked) -> bytes:
        fields = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert fields == {"grant_type": "refresh_token", **SECRETS}
        self.token = f"access-token-{next(self.tokens)}"
        return reply(200, {"access_token": self.token, "expires_in": 14400, "token_type": "bearer"})


def part(content: bytes, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
    """Return status, body and headers for the range that is asked for."""
    wanted = asked.headers.get("range")
    if wanted is None:
        return 200, content, {}
    match = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted)
    assert match, wanted
    first, last = int(match[1]), min(int(match[2]), len(content) - 1)
    if first > last:
        return 416, b"", {"Content-Range": f"bytes */{len(content)}"}
    return 206, content[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{len(content)}"}


@dataclass
class Dropbox(Cloud):
    """https://www.dropbox.com/developers/documentation/http/documentation"""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    sessions: dict[str, bytes] = field(default_factory=dict)
    page_size: int = 2

    def answer(self, asked: Asked) -> bytes:
        assert asked.method == "POST"
        route = asked.target.removeprefix("/2/files/").replace("/", "_")
        header = asked.headers.get("dropbox-api-arg")
        if header is None:
            assert asked.headers["content-type"] == "application/json"
            argument = json.loads(asked.body)
        else:
            argument = json.loads(header)
        answered: bytes = getattr(self, route)(asked, argument)
        return answered

    def metadata(self, path: str) -> dict[str, Any]:
        rev, content = self.files[path]
        name = path.rpartition("/")[2]
        facts = {"name": name, "path_lower": path, "id": f"id:{rev}", "rev": rev}
        return {**facts, "size": len(content), "server_modified": self.written[path]}

    def get_metadata(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        if argument["path"] not in self.files:
            return refused("path/not_found/..")
        return reply(200, {".tag": "file", **self.metadata(argument["path"])})

    def get_temporary_link(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        if argument["path"] not in self.files:
            return refused("path/not_found/.")
        link = "https://uc123.dl.dropboxusercontent.com/cd/0/get/abc"
        return reply(200, {"metadata": self.metadata(argument["path"]), "link": link})

    def download(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        path = argument["path"]
        if path.startswith("rev:"):
            revs = {rev: name for name, (rev, _) in self.files.items()}
            path = revs.get(path.removeprefix("rev:"))
        if path not in self.files:
            return refused("path/not_found/...")
        status, body, headers = part(self.files[path][1], asked)
        result = json.dumps(self.metadata(path))
        return reply(status, body, {**headers, "Dropbox-API-Result": result})

    def upload_session_start(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        session = f"session-{next(self.numbers)}"
        self.sessions[session] = asked.body
        return reply(200, {"session_id": session})

    def upload_session_append_v2(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        cursor = argument["cursor"]
        got = len(self.sessions[cursor["session_id"]])
        if cursor["offset"] != got:
            about = {".tag": "incorrect_offset", "correct_offset": got}
            return refused("incorrect_offset/..", about)
        self.sessions[cursor["session_id"]] += asked.body
        return reply(200, b"null")

    def upload_session_finish(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        cursor, commit = argument["cursor"], argument["commit"]
        assert commit["mode"] == "add"
        assert cursor["offset"] == len(self.sessions[cursor["session_id"]])
        if commit["path"] in self.files:
            return refused("path/conflict/file/..")
        content = self.sessions.pop(cursor["session_id"]) + asked.body
        self.written[commit["path"]] = now()
        self.files[commit["path"]] = f"{next(self.numbers):x}a1c10ce0dd78", content
        return reply(200, self.metadata(commit["path"]))

    def delete_v2(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        if argument["path"] not in self.files:
            return refused("path_lookup/not_found/..")
        metadata = self.metadata(argument["path"])
        del self.files[argument["path"]]
        return reply(200, {"metadata": metadata})

    def list_folder(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        if not self.files:
            return refused("path/not_found/")
        return self._page(sorted(self.files), 0)

    def list_folder_continue(self, asked: Asked, argument: dict[str, Any]) -> bytes:
        return self._page(sorted(self.files), int(argument["cursor"]))

    def _page(self, paths: list[str], start: int) -> bytes:
        stop = start + self.page_size
        entries = [{".tag": "file", **self.metadata(path)} for path in paths[start:stop]]
        more = {"has_more": stop < len(paths), "cursor": str(stop)}
        return reply(200, {"entries": entries, **more})


def refused(summary: str, error: Mapping[str, Any] | None = None) -> bytes:
    """Return Dropbox's answer when a route cannot do what it was asked."""
    return reply(409, {"error_summary": summary, "error": error or {".tag": "path"}})


@dataclass
class Drive(Cloud):
    """https://developers.google.com/workspace/drive/api/reference/rest/v3"""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    sessions: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    page_size: int = 2

    def answer(self, asked: Asked) -> bytes:
        split = urlsplit(asked.target)
        parameters = {name: values[0] for name, values in parse_qs(split.query).items()}
        if split.path.startswith("/session/"):
            return self._receive(asked, split.path.rpartition("/")[2])
        assert parameters["supportsAllDrives"] == "true"
        if split.path == "/upload/drive/v3/files":
            assert parameters["uploadType"] == "resumable"
            return self._begin(json.loads(asked.body))
        if split.path == "/drive/v3/files":
            return self._query(parameters)
        file_id = split.path.removeprefix("/drive/v3/files/")
        if file_id not in self.files:
            return failed(404, "notFound")
        if asked.method == "DELETE":
            del self.files[file_id]
            return reply(204)
        assert parameters["alt"] == "media"
        return reply(*part(self.files[file_id][1], asked))

    def _about(self, file_id: str) -> dict[str, str]:
        name, content = self.files[file_id]
        size = str(len(content))
        about = {"id": file_id, "name": name, "headRevisionId": f"rev-{file_id}"}
        return {**about, "size": size, "modifiedTime": self.written[file_id]}

    def _query(self, parameters: dict[str, str]) -> bytes:
        match = re.fullmatch(
            r"(?:name = '([^']*)' and )?'our-folder' in parents and trashed = false",
            parameters["q"],
        )
        assert match, parameters["q"]
        found = [i for i, (name, _) in self.files.items() if match[1] in (None, name)]
        start = int(parameters.get("pageToken", "0"))
        stop = start + self.page_size
        more = {"nextPageToken": str(stop)} if stop < len(found) else {}
        return reply(200, {"files": [self._about(each) for each in found[start:stop]], **more})

    def _begin(self, about: dict[str, Any]) -> bytes:
        assert about["parents"] == ["our-folder"]
        session = f"s{next(self.numbers)}"
        self.sessions[session] = about["name"], b""
        return reply(200, b"", {"Location": f"{self.url}/session/{session}"})

    def _receive(self, asked: Asked, session: str) -> bytes:
        if asked.method == "DELETE":
            del self.sessions[session]
            return reply(499)
        name, got = self.sessions[session]
        match = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", asked.headers["content-range"])
        assert match
        if match[1]:
            assert int(match[2]) - int(match[1]) + 1 == len(asked.body)
            assert int(match[1]) == len(got)
            assert match[3] != "*" or len(asked.body) % (256 * 1024) == 0
            got += asked.body
        self.sessions[session] = name, got
        if match[3] == str(len(got)):
            del self.sessions[session]
            file_id = f"file-{next(self.numbers)}"
            self.files[file_id], self.written[file_id] = (name, got), now()
            return reply(200, self._about(file_id))
        return reply(308, b"", {"Range": f"bytes=0-{len(got) - 1}"} if got else {})


def failed(status: int, reason: str) -> bytes:
    """Return Google's answer when something cannot be done."""
    error = {"code": status, "message": reason, "errors": [{"reason": reason}]}
    return reply(status, {"error": error})
