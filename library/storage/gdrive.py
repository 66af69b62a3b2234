"""Storage in a Google Drive: https://developers.google.com/workspace/drive/api/reference/rest/v3

A file's name in the one folder is its key. Drive has no temporary addresses for browsers, so bytes
go through us. An upload is invisible until its last byte has come, and Google itself drops
unfinished ones, so there is nothing to sweep.
"""

import contextlib
import re
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
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
    StorageUnavailable,
    checked_key,
)
from library.storage.chunks import pieces
from library.storage.cloud import Api, body, json_of, unavailable, usual_failure
from library.storage.options import DriveOptions
from library.storage.resuming import resuming
from library.storage.threads import finished

# Google takes multiples of 256 KiB, except for the last part.
CHUNK_BYTES = 4 * 1024**2
MOST_REMEMBERED = 1000
MOST_REPAIRS = 3
_FIELDS = "id,size,headRevisionId,modifiedTime"
_RECEIVED = re.compile(r"bytes=0-(\d{1,18})", re.ASCII)
_SLOW_DOWN = {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded"}
_FULL = {"storageQuotaExceeded", "teamDriveFileLimitExceeded"}


@dataclass(frozen=True, slots=True)
class Hosts:
    api: str = "https://www.googleapis.com"
    token: str = "https://oauth2.googleapis.com"  # noqa: S105 - an address


class DriveStorage(Storage):
    """Files in one folder of an account.

    Drive may have several files with the same name: if two callers put under one key at the same
    time, both succeed, and either may be read. Our keys contain random ids.
    """

    name: ClassVar[str] = "gdrive"
    serves_pieces: ClassVar[bool] = False
    label: ClassVar[str] = "Google Drive"

    def __init__(
        self,
        options: DriveOptions,
        *,
        hosts: Hosts = Hosts(),
    ) -> None:
        self._folder_id = options.folder_id
        self._files = f"{hosts.api}/drive/v3/files"
        self._uploads = f"{hosts.api}/upload/drive/v3/files"
        # Google's file id for each key; files are never replaced.
        self._ids: OrderedDict[str, str] = OrderedDict()
        self._api = Api(
            token_url=f"{hosts.token}/token",
            account=options.account,
            judge=_failure,
        )

    async def stat(self, key: str) -> Stat:
        return _stat_of(await self._find(checked_key(key)))

    @contextlib.asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        file_id = self._ids.get(checked_key(key)) or (await self._find(key))["id"]

        @contextlib.asynccontextmanager
        async def begin(start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
            asked = {"Range": f"bytes={start}-{stop - 1}"}
            parameters = {"alt": "media", "supportsAllDrives": "true"}
            async with self._api.stream(
                "GET", f"{self._files}/{file_id}", expected=(206,), params=parameters, headers=asked
            ) as response:
                yield body(response)

        try:
            if start >= stop:
                await self.stat(key)
            async with resuming(begin, start, stop) as reader:
                yield reader
        except Missing:
            self._ids.pop(key, None)
            raise

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        limit_bytes: int,
        *,
        mime_type: str = "application/octet-stream",
    ) -> Stat:
        with contextlib.suppress(Missing):
            await self.stat(key)
            raise Refused
        session = await self._begin(key, mime_type)
        try:
            return await self._send_all(
                session, pieces(chunks, size_bytes=CHUNK_BYTES, limit_bytes=limit_bytes)
            )
        except BaseException:
            with contextlib.suppress(StorageError):
                await finished(self._give_up(session))
            raise

    async def delete(self, key: str) -> None:
        found = await self._find(checked_key(key))
        self._ids.pop(key, None)
        await self._remove(found["id"])

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        page: dict[str, Any] = {"nextPageToken": ""}
        while "nextPageToken" in page:
            page = await self._query("", "nextPageToken,files(name)", page["nextPageToken"])
            for file in page["files"]:
                if file["name"].startswith(prefix):
                    yield file["name"]

    async def sweep(self) -> int:
        return 0

    async def close(self) -> None:
        await self._api.close()

    async def _find(self, key: str) -> dict[str, Any]:
        """Return Google's metadata of the key's file; raise Missing."""
        # Keys have no characters that would end the quotes.
        files = (await self._query(f"name = '{key}' and ", f"files({_FIELDS})", ""))["files"]
        if not files:
            self._ids.pop(key, None)
            raise Missing
        self._ids[key] = files[0]["id"]
        if len(self._ids) > MOST_REMEMBERED:
            self._ids.popitem(last=False)
        return dict(files[0])

    async def _query(self, condition: str, fields: str, page: str) -> dict[str, Any]:
        parameters = {
            "q": f"{condition}'{self._folder_id}' in parents and trashed = false",
            "fields": fields,
            "pageSize": "1000",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
            **({"pageToken": page} if page else {}),
        }
        return json_of(await self._api.call("GET", self._files, params=parameters))

    async def _remove(self, file_id: str) -> None:
        url = f"{self._files}/{file_id}"
        await self._api.call("DELETE", url, expected=(204,), params={"supportsAllDrives": "true"})

    async def _begin(self, key: str, mime_type: str) -> str:
        """Begin an upload; return its address."""
        response = await self._api.call(
            "POST",
            self._uploads,
            params={"uploadType": "resumable", "supportsAllDrives": "true", "fields": _FIELDS},
            headers={"X-Upload-Content-Type": mime_type},
            json={"name": key, "parents": [self._folder_id], "mimeType": mime_type},
        )
        return str(response.headers["location"])

    async def _give_up(self, session: str) -> None:
        # Google answers 499 for a cancelled upload.
        await self._api.call("DELETE", session, expected=(204, 404, 410, 499))

    async def _send_all(self, session: str, parts: Any) -> Stat:
        """Send ``parts``; the last one is sent with the total size, which creates the file."""
        offset, waiting = 0, b""
        async with contextlib.aclosing(parts):
            async for part in parts:
                if waiting:
                    await self._send(session, waiting, offset, "*")
                    offset += len(waiting)
                waiting = part
        return await self._publish(session, waiting, offset)

    async def _publish(self, session: str, data: bytes, offset: int) -> Stat:
        """Send the last part; if cancelled meanwhile, remove what was published."""
        published: list[dict[str, Any]] = []

        async def publish() -> None:
            answer = await self._send(session, data, offset, str(offset + len(data)))
            if answer is None:
                raise Permanent
            published.append(answer)

        try:
            await finished(publish())
        except BaseException:
            if published:
                await self._remove(published[0]["id"])
            raise
        return _stat_of(published[0])

    async def _send(
        self, session: str, data: bytes, offset: int, total: str
    ) -> dict[str, Any] | None:
        """Send a part; return the file if it was the last part, otherwise None.

        After a failed attempt Google is asked what it has received, and only the rest is sent.
        """
        for _ in range(MOST_REPAIRS):
            try:
                answer = await self._send_once(session, data, offset, total, attempts=1)
            except StorageUnavailable:
                answer = await self._send_once(session, b"", offset, total)
            if isinstance(answer, dict):
                return answer
            if answer == offset + len(data) and total == "*":
                return None
            if answer < offset:
                break
            data, offset = data[answer - offset :], answer
        raise StorageUnavailable

    async def _send_once(
        self, session: str, data: bytes, offset: int, total: str, **options: int
    ) -> dict[str, Any] | int:
        """Send ``data``, or only ask; return the file, or how many bytes Google has received."""
        span = f"{offset}-{offset + len(data) - 1}" if data else "*"
        response = await self._api.call(
            "PUT",
            session,
            expected=(200, 201, 308),
            headers={"Content-Range": f"bytes {span}/{total}"},
            content=data,
            attempts=options.get("attempts", 4),
        )
        if response.status_code != 308:
            return json_of(response)
        received = _RECEIVED.fullmatch(response.headers.get("range", ""))
        return int(received[1]) + 1 if received else 0


def _stat_of(file: dict[str, Any]) -> Stat:
    modified = datetime.fromisoformat(file["modifiedTime"])
    return Stat(int(file["size"]), f'"{file["headRevisionId"]}"', modified)


def _failure(response: httpx2.Response) -> StorageError:
    """Return the error for an answer; 403 has many meanings."""
    error = json_of(response).get("error", {})
    errors = error.get("errors", []) if isinstance(error, dict) else []
    reasons = {each.get("reason") for each in errors}
    if response.status_code == 403 and reasons & _SLOW_DOWN:
        return unavailable(response)
    if response.status_code == 403 and reasons & _FULL:
        return StorageFull()
    return usual_failure(response)
