"""``/api/v1/uploads``: resumable uploads by tus 1.0.

A raw ASGI app, because Django would first write the body of every request to disk. The protocol is
here; ``library.receive.resumable`` handles the bytes.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any, cast
from uuid import UUID

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from django.conf import settings

from accounts import budgets
from accounts.authentication import authenticate_scope
from accounts.principal import Principal
from core.errors import (
    BadRequest,
    Invalid,
    MethodNotAllowed,
    NotAuthenticated,
    StreamItError,
    WrongType,
)
from core.http import ErrorReply, error_reply
from library.models import Upload, Video
from library.receive import resumable, tus_fields, upload_rows
from library.receive.body import ClientGone, RequestBody
from library.receive.titles import read_title, title_from
from library.receive.upload_api import UPLOADS
from library.storage import registry

_BYTES = "application/offset+octet-stream"
_TUS = {"Tus-Resumable": tus_fields.VERSION}


class UnsupportedVersion(BadRequest):
    code = "unsupported_tus_version"
    status = 412
    message = f"Send Tus-Resumable: {tus_fields.VERSION}."


class NotBytes(WrongType):
    message = f"Send the bytes as {_BYTES}."


@dataclass(slots=True)
class _Request:
    """A request: its sender, its fields by lower-case name, and its body."""

    method: str
    upload_id: str | None
    fields: Mapping[str, str]
    scope: HTTPScope
    body: RequestBody

    async def owner(self) -> Principal:
        """Return the sender; raise NotAuthenticated."""
        owner = await authenticate_scope({**self.scope, "method": self.method})
        if owner is None:
            raise NotAuthenticated
        return owner


async def tus(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer one request of the protocol."""
    fields = {k.decode("latin-1"): v.decode("latin-1").strip() for k, v in scope["headers"]}
    body = RequestBody(receive, limit_bytes=settings.MAX_UPLOAD_BYTES)
    method = scope["method"]
    if method == "POST":
        # For clients behind a proxy that blocks other methods.
        method = fields.get("x-http-method-override", method).upper()
    upload_id: str | None = cast("Any", scope)["url_route"]["kwargs"]["upload_id"]
    try:
        reply = await _answer(_Request(method, upload_id, fields, scope, body))
    except ClientGone:
        return
    except StreamItError as error:
        reply = _refusal(error, upload_id)
    if scope["method"] == "HEAD":
        reply = ErrorReply(reply.status, reply.headers, b"")
    await body.answer(send, reply)


async def _answer(request: _Request) -> ErrorReply:
    if request.method == "OPTIONS":
        return _reply(204, **_abilities())
    if request.fields.get("tus-resumable") != tus_fields.VERSION:
        raise UnsupportedVersion
    if request.upload_id is None:
        if request.method == "POST":
            return await _create(request)
        raise MethodNotAllowed
    match request.method:
        case "HEAD":
            return await _head(request)
        case "PATCH":
            return await _patch(request)
        case "DELETE":
            return await _terminate(request)
        case _:
            raise MethodNotAllowed


async def _create(request: _Request) -> ErrorReply:
    owner = await request.owner()
    await budgets.spend(UPLOADS, owner)
    if "upload-length" not in request.fields:
        raise Invalid(fields={"Upload-Length": "is required"})
    size_bytes = tus_fields.whole_number(request.fields, "Upload-Length")
    if not size_bytes:
        raise Invalid(fields={"file": "is empty"})
    metadata = tus_fields.metadata(request.fields)
    checksum = tus_fields.checksum(request.fields)
    title = read_title(metadata.get("title", "")) or title_from(metadata.get("filename", ""))
    upload = await upload_rows.begin(
        owner=owner,
        title=title,
        storage=registry.chosen(metadata.get("storage", "")).name,
        size_bytes=size_bytes,
        at_least=size_bytes,
        resumable=True,
    )
    place = {"Location": f"/api/v1/uploads/{upload.pk}"}
    if not _has_bytes(request):
        return _reply(201, **place, **_progress(upload, 0))
    request.body.limit(size_bytes, tus_fields.more_than(size_bytes))
    try:
        offset, video = await resumable.receive(upload, 0, request.body, checksum)
    except BaseException:
        # Who is not told where it is cannot go on with it.
        with contextlib.suppress(StreamItError):
            await resumable.end(upload)
        raise
    return _reply(201, **place, **_progress(upload, offset, video))


async def _head(request: _Request) -> ErrorReply:
    owner = await request.owner()
    found = await resumable.look_up(_parse_id(request.upload_id), owner.user_id)
    if isinstance(found, Video):
        # The last answer may have been lost; a client that asks again must not start over.
        done = {"Upload-Offset": str(found.size_bytes), "Upload-Length": str(found.size_bytes)}
        return _reply(200, **done, **_made(found))
    upload, offset = found
    return _reply(200, **{"Upload-Length": str(upload.size_bytes)}, **_progress(upload, offset))


async def _patch(request: _Request) -> ErrorReply:
    owner = await request.owner()
    upload = await resumable.find_unfinished(_parse_id(request.upload_id), owner.user_id)
    if not _has_bytes(request):
        raise NotBytes
    offset = tus_fields.whole_number(request.fields, "Upload-Offset")
    checksum = tus_fields.checksum(request.fields)
    left_bytes = max(0, upload.size_bytes - offset)
    request.body.limit(left_bytes, tus_fields.more_than(upload.size_bytes))
    offset, video = await resumable.receive(upload, offset, request.body, checksum)
    return _reply(204, **_progress(upload, offset, video))


async def _terminate(request: _Request) -> ErrorReply:
    owner = await request.owner()
    await resumable.end(await resumable.find_upload(_parse_id(request.upload_id), owner.user_id))
    return _reply(204)


def _has_bytes(request: _Request) -> bool:
    kind, _, _ = request.fields.get("content-type", "").partition(";")
    return kind.strip().lower() == _BYTES


def _parse_id(text: str | None) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise resumable.UploadNotFound from None


def _progress(upload: Upload, offset: int, video: Video | None = None) -> dict[str, str]:
    progress = {"Upload-Offset": str(offset)}
    if video is not None:
        return {**progress, **_made(video)}
    return {**progress, "Upload-Expires": format_datetime(upload.held_until, usegmt=True)}


def _made(video: Video) -> dict[str, str]:
    return {"Streamit-Video": str(video.pk)}


def _abilities() -> dict[str, str]:
    return {
        "Tus-Version": tus_fields.VERSION,
        "Tus-Extension": tus_fields.EXTENSIONS,
        "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES),
        "Tus-Checksum-Algorithm": ",".join(tus_fields.CHECKSUMS),
    }


def _reply(status: int, **headers: str) -> ErrorReply:
    return ErrorReply(status, {**_TUS, "Cache-Control": "no-store", **headers}, b"")


def _refusal(error: StreamItError, upload_id: str | None) -> ErrorReply:
    reply = error_reply(error)
    headers = {**_TUS, **reply.headers}
    if isinstance(error, UnsupportedVersion):
        headers["Tus-Version"] = tus_fields.VERSION
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = "OPTIONS, POST" if upload_id is None else "OPTIONS, HEAD, PATCH, DELETE"
    return ErrorReply(reply.status, headers, reply.body)
