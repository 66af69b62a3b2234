"""Storage in a Dropbox: https://www.dropbox.com/developers/documentation/http/documentation

All files are in one folder, with ``~`` for the ``/`` of keys, so that no empty folders stay. An
upload session is invisible until it is finished, and Dropbox itself drops unfinished ones, so there
is nothing to sweep.
"""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import httpx2

from library.storage.base import (
    Missing,
    Permanent,
    Refused,
    Stat,
    Storage,
    StorageError,
    StorageFull,
    checked_key,
)
from library.storage.chunks import pieces
from library.storage.cloud import Api, body, json_of, unavailable, usual_failure
from library.storage.options import DropboxOptions
from library.storage.resuming import resuming
from library.storage.threads import finished

CHUNK_BYTES = 4 * 1024**2
LINK_LASTS = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Hosts:
    api: str = "https://api.dropboxapi.com"
    content: str = "https://content.dropboxapi.com"


class DropboxStorage(Storage):
    """Files of one account, read through a temporary link or through us."""

    name: ClassVar[str] = "dropbox"
    serves_pieces: ClassVar[bool] = False
    label: ClassVar[str] = "Dropbox"

    def __init__(
        self,
        options: DropboxOptions,
        *,
        hosts: Hosts = Hosts(),
    ) -> None:
        self._hosts = hosts
        self._folder = "/" + options.folder.strip("/") if options.folder.strip("/") else ""
        self._api = Api(
            token_url=f"{hosts.api}/oauth2/token",
            account=options.account,
            judge=_failure,
        )

    async def stat(self, key: str) -> Stat:
        return _stat_of(await self._call("files/get_metadata", {"path": self._path(key)}))

    @contextlib.asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        path = self._path(key)

        @contextlib.asynccontextmanager
        async def begin(start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
            nonlocal path
            headers = {
                "Dropbox-API-Arg": json.dumps({"path": path}),
                "Range": f"bytes={start}-{stop - 1}",
            }
            url = f"{self._hosts.content}/2/files/download"
            async with self._api.stream("POST", url, expected=(206,), headers=headers) as response:
                # Later reads name the revision, so that versions are never mixed.
                path = f"rev:{json.loads(response.headers['dropbox-api-result'])['rev']}"
                yield body(response)

        if start >= stop:
            await self.stat(key)
        async with resuming(begin, start, stop) as reader:
            yield reader

    async def sign(self, key: str, ttl: timedelta) -> str | None:
        if ttl > LINK_LASTS:
            return None
        answer = await self._call("files/get_temporary_link", {"path": self._path(key)})
        return str(answer["link"])

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        limit_bytes: int,
        *,
        mime_type: str = "application/octet-stream",
    ) -> Stat:
        path = self._path(key)
        with contextlib.suppress(Missing):
            await self.stat(key)
            raise Refused
        session = (await self._send("start", {"close": False}, b""))["session_id"]
        offset = 0
        parts = pieces(chunks, size_bytes=CHUNK_BYTES, limit_bytes=limit_bytes)
        async with contextlib.aclosing(parts):
            async for part in parts:
                await self._append(session, offset, part)
                offset += len(part)
        cursor = {"session_id": session, "offset": offset}
        commit = {"path": path, "mode": "add", "strict_conflict": True, "mute": True}
        return await self._finish(key, {"cursor": cursor, "commit": commit})

    async def delete(self, key: str) -> None:
        await self._call("files/delete_v2", {"path": self._path(key)})

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        try:
            page = await self._call("files/list_folder", {"path": self._folder, "limit": 1000})
        except Missing:
            return  # the folder is created with the first file
        while True:
            for entry in page["entries"]:
                key = entry["name"].replace("~", "/")
                if entry[".tag"] == "file" and key.startswith(prefix):
                    yield key
            if not page["has_more"]:
                return
            page = await self._call("files/list_folder/continue", {"cursor": page["cursor"]})

    async def sweep(self) -> int:
        return 0

    async def close(self) -> None:
        await self._api.close()

    def _path(self, key: str) -> str:
        return f"{self._folder}/{checked_key(key).replace('/', '~')}"

    async def _call(self, route: str, argument: dict[str, Any]) -> dict[str, Any]:
        response = await self._api.call("POST", f"{self._hosts.api}/2/{route}", json=argument)
        return json_of(response)

    async def _send(self, step: str, argument: dict[str, Any], data: bytes) -> dict[str, Any]:
        url = f"{self._hosts.content}/2/files/upload_session/{step}"
        headers = {
            "Dropbox-API-Arg": json.dumps(argument),
            "Content-Type": "application/octet-stream",
        }
        return json_of(await self._api.call("POST", url, headers=headers, content=data))

    async def _append(self, session: str, offset: int, data: bytes) -> None:
        """Append ``data`` to the session exactly once, even if an answer was lost."""
        argument = {"cursor": {"session_id": session, "offset": offset}, "close": False}
        try:
            await self._send("append_v2", argument, data)
        except _WrongOffset as error:
            if error.correct != offset + len(data):
                raise

    async def _finish(self, key: str, argument: dict[str, Any]) -> Stat:
        """Publish the session; if cancelled meanwhile, remove what was published."""
        published: list[Stat] = []

        async def publish() -> None:
            published.append(_stat_of(await self._send("finish", argument, b"")))

        try:
            await finished(publish())
        except BaseException:
            if published:
                await self.delete(key)
            raise
        return published[0]


class _WrongOffset(Permanent):
    """Dropbox has received more or less of an upload than we think."""

    correct: int = 0


def _stat_of(metadata: dict[str, Any]) -> Stat:
    # The answer of upload_session/finish has no tag: it can only be a file.
    if metadata.get(".tag", "file") != "file":
        raise Missing
    modified = datetime.fromisoformat(metadata["server_modified"])
    return Stat(metadata["size"], f'"{metadata["rev"]}"', modified)


def _failure(response: httpx2.Response) -> StorageError:
    """Return the error for an answer; 409 means an error of the route itself."""
    if response.status_code != 409:
        return usual_failure(response)
    answer = json_of(response)
    summary = str(answer.get("error_summary", ""))
    if "incorrect_offset" in summary:
        error = answer["error"]
        wrong = _WrongOffset()
        wrong.correct = error.get(
            "correct_offset", error.get("lookup_failed", {}).get("correct_offset", -1)
        )
        return wrong
    if "not_found" in summary:
        return Missing()
    if "insufficient_space" in summary:
        return StorageFull()
    if "too_many_write_operations" in summary or "too_many_requests" in summary:
        return unavailable(response)
    if any(word in summary for word in ("conflict", "no_write_permission", "restricted")):
        return Refused()
    return Permanent()
