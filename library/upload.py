"""``POST /api/v1/videos``: a form with a video file, streamed straight into storage.

A raw ASGI app, because Django would first write the whole body to disk.
"""

import contextlib
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from http import HTTPStatus
from typing import Any

import structlog
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from django.conf import settings
from ninja.responses import NinjaJSONEncoder

from accounts.authentication import SECURITY, authenticate_scope
from accounts.principal import Principal
from core.errors import Invalid, NotAuthenticated, StreamItError, TooLarge
from core.http import ErrorReply, error_reply
from core.limits import Limit, spend
from core.text import TITLE_MAX, clean_line
from library import services
from library.body import ClientGone, RequestBody
from library.forms import Form, Part
from library.kinds import ACCEPTED, HEAD_BYTES, MOV, MP4, Kind, sniff
from library.models import Video
from library.probe import Facts, probe
from library.schemas import VideoOut
from library.storage import registry
from library.storage.base import Stat, Storage, StorageError

log = structlog.get_logger(__name__)

UPLOADS = Limit("upload", burst=20, per_minute=10)
# What a form may have around the file: boundaries, part headers and the title.
FORM_BYTES = 64 * 1024
TITLE_BYTES = 4096


async def upload(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer 201 with the new video, or an error that leaves nothing behind."""
    body = RequestBody(receive, limit_bytes=settings.MAX_UPLOAD_BYTES + FORM_BYTES)
    try:
        video = await _receive_video(scope, body)
    except ClientGone:
        return
    except StreamItError as error:
        await body.answer(send, error_reply(error))
    else:
        await body.answer(send, _created(video))


async def _receive_video(scope: HTTPScope, body: RequestBody) -> Video:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    owner = await authenticate_scope(scope)
    if owner is None:
        raise NotAuthenticated
    await spend(UPLOADS, str(owner.user_id))
    _check_announced_size(headers.get(b"content-length", ""))
    form = Form(headers.get(b"content-type", ""), body)
    async with _Incoming(owner) as incoming:
        async for part in form:
            await incoming.take(part)
        return await incoming.finish()


def _check_announced_size(content_length: str) -> None:
    """Refuse a body too large before it is sent; a file's own size is checked as it comes."""
    limit_bytes = settings.MAX_UPLOAD_BYTES
    if content_length.isdecimal() and int(content_length) > limit_bytes + FORM_BYTES:
        raise TooLarge(f"The upload has {content_length} bytes; the limit is {limit_bytes} bytes.")


def _created(video: Video) -> ErrorReply:
    body = json.dumps(VideoOut.of(video).model_dump(), cls=NinjaJSONEncoder).encode()
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Location": f"/api/v1/videos/{video.pk}",
    }
    return ErrorReply(HTTPStatus.CREATED, headers, body)


class _Incoming(contextlib.AbstractAsyncContextManager["_Incoming"]):
    """One upload on its way; leaving the context without ``finish`` removes its bytes."""

    def __init__(self, owner: Principal) -> None:
        self._owner = owner
        self._video_id = uuid.uuid4()
        self._key = f"{self._video_id}/original"
        self._storage: Storage = registry.chosen("")
        self._seen: set[str] = set()
        self._title = ""
        self._file_name = ""
        self._stored: tuple[Stat, Kind] | None = None

    async def __aexit__(self, *exc_info: object) -> None:
        if self._stored is not None:
            try:
                await self._storage.delete(self._key)
            except StorageError:
                log.exception("bytes of a refused upload stay", key=self._key)

    async def take(self, part: Part) -> None:
        """Read one field of the form; raise Invalid when it is wrong."""
        if part.name in self._seen:
            raise Invalid(fields={part.name: "must be given only once"})
        self._seen.add(part.name)
        if part.name == "title":
            self._title = await _read_title(part)
        elif part.name == "file":
            self._file_name = part.file_name
            self._stored = await self._store(part)
        else:
            raise Invalid(fields={part.name[:64]: "is not a field of this form"})

    async def finish(self) -> Video:
        """Make the video; raise Invalid when there was no file."""
        if self._stored is None:
            raise Invalid(fields={"file": "is required"})
        stat, kind = self._stored
        video = await services.add_video(
            owner=self._owner,
            upload=services.Upload(
                video_id=self._video_id,
                title=self._title or _title_from(self._file_name),
                storage=self._storage.name,
                key=self._key,
                stat=stat,
                kind=kind,
                facts=await self._probe(stat, kind),
            ),
        )
        self._stored = None
        return video

    async def _store(self, part: Part) -> tuple[Stat, Kind]:
        head = b""
        async for chunk in part:
            head += chunk
            if len(head) >= HEAD_BYTES:
                break
        kind = sniff(head)
        if kind is None:
            raise Invalid(fields={"file": f"must be a video: {ACCEPTED}"})
        async with contextlib.aclosing(_chain(head, part)) as chunks:
            stat = await self._storage.put(self._key, chunks, settings.MAX_UPLOAD_BYTES)
        return stat, kind

    async def _probe(self, stat: Stat, kind: Kind) -> Facts:
        if kind not in (MP4, MOV):
            return Facts()

        async def read(start: int, stop: int) -> bytes:
            async with self._storage.open(self._key, start, stop) as chunks:
                return b"".join([chunk async for chunk in chunks])

        return await probe(read, stat.size_bytes)


async def _chain(head: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield head
    async for chunk in rest:
        yield chunk


async def _read_title(part: Part) -> str:
    """Return the title as it will be kept; empty when it is to come from the file's name."""
    raw = b""
    async for chunk in part:
        raw += chunk
        if len(raw) > TITLE_BYTES:
            raise Invalid(fields={"title": f"must be at most {TITLE_MAX} characters"})
    try:
        text = raw.decode()
        return clean_line(text, at_most=TITLE_MAX) if text.strip() else ""
    except UnicodeDecodeError:
        raise Invalid(fields={"title": "must be UTF-8"}) from None
    except ValueError as error:
        raise Invalid(fields={"title": str(error)}) from None


def _title_from(file_name: str) -> str:
    """Return a file's name without folders and ending, or a title for one without a name."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    try:
        return clean_line(stem[:TITLE_MAX], at_most=TITLE_MAX)
    except ValueError:
        return "Untitled"


_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
# For the OpenAPI document: this app is none of ninja's operations.
OPENAPI_PATHS: dict[str, dict[str, Any]] = {
    "/api/v1/videos": {
        "post": {
            "operationId": "library_upload",
            "summary": "Upload",
            "description": f"Upload a video: {ACCEPTED}. Its kind is told from its bytes. "
            "Without a title the file's name is taken.",
            "tags": ["videos"],
            "security": SECURITY,
            "requestBody": {
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": ["file"],
                            "additionalProperties": False,
                            "properties": {
                                "title": {"type": "string", "maxLength": TITLE_MAX},
                                "file": {"type": "string", "format": "binary"},
                            },
                        }
                    }
                },
            },
            "responses": {
                "201": {
                    "description": "Created",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/VideoOut"}}
                    },
                },
                **{
                    str(status.value): {"description": status.phrase, "content": _ERROR}
                    for status in map(HTTPStatus, (401, 403, 408, 413, 422, 429, 502, 503))
                },
            },
        }
    }
}
