"""``POST /api/v1/videos``: a form with a video file, streamed to storage, or a link as JSON.

A raw ASGI app, because Django would first write the whole body to disk.
"""

import json
from http import HTTPStatus
from typing import Any
from uuid import UUID

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from django.conf import settings
from ninja.responses import NinjaJSONEncoder
from pydantic import ValidationError

from accounts import budgets
from accounts.authentication import SECURITY, authenticate_scope
from accounts.principal import Principal
from core.errors import Invalid, NotAuthenticated, StreamItError, TooLarge
from core.http import ErrorReply, error_reply
from core.limits import Limit
from core.sizes import readable, too_large
from core.text import TITLE_MAX
from core.validation import invalid
from library import renditions
from library.models import Upload, Video
from library.receive import idempotency, pipeline, upload_rows
from library.receive.body import ClientGone, RequestBody
from library.receive.forms import Form, Part, no_such_field
from library.receive.links import add_link
from library.receive.titles import read_title, title_from
from library.schemas import LinkIn, VideoOut
from library.storage import registry
from media.kinds import ACCEPTED

UPLOADS = budgets.Budget(
    person=Limit("upload", burst=20, per_minute=10),
    address=Limit("upload-address", burst=200, per_minute=30),
    guests=Limit("upload-guests", burst=1000, per_minute=100),
)
# The size of a form without the file: boundaries, part headers and the title.
FORM_BYTES = 64 * 1024
TEXT_BYTES = 4096
JSON_BYTES = 16 * 1024
_LONGEST = {"title": TITLE_MAX, "storage": 32}


async def upload(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer 201 with the new video, or an error; then nothing is stored."""
    body = RequestBody(receive, limit_bytes=settings.MAX_UPLOAD_BYTES + FORM_BYTES)
    try:
        video = await _receive_video(scope, body)
    except ClientGone:
        return
    except StreamItError as error:
        await body.answer(send, error_reply(error))
    else:
        await body.answer(send, await _created(video))


async def _receive_video(scope: HTTPScope, body: RequestBody) -> Video:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    owner = await authenticate_scope(scope)
    if owner is None:
        raise NotAuthenticated
    await budgets.spend(UPLOADS, owner)
    upload_id, made = None, None
    if (key := headers.get(b"idempotency-key")) is not None:
        upload_id = idempotency.video_id_of(owner.user_id, key)
        made = upload_id if await idempotency.is_made(upload_id) else None
    announced = headers.get(b"content-length", "")
    announced_bytes = int(announced) if announced.isdecimal() else None
    if announced_bytes and announced_bytes > settings.MAX_UPLOAD_BYTES + FORM_BYTES:
        raise too_large(settings.MAX_UPLOAD_BYTES)
    content_type = headers.get(b"content-type", "")
    if content_type.partition(";")[0].strip().lower() == "application/json":
        return await _add_link(owner, body, upload_id, made)
    form = Form(content_type, body)
    return await _FormUpload(owner, announced_bytes, upload_id, made).receive(form)


async def _add_link(
    owner: Principal, body: RequestBody, upload_id: UUID | None, made: UUID | None
) -> Video:
    link = await _read_link(body)
    if made is None:
        try:
            return await add_link(owner=owner, link=link, upload_id=upload_id)
        except idempotency.AlreadyMade as found:
            made = found.video_id
    return await idempotency.answer_again(made, idempotency.link_digest(link))


async def _created(video: Video) -> ErrorReply:
    # It may have been made long ago, by an earlier request with the same Idempotency-Key.
    is_made = video.pk in await renditions.watchable([video])
    shown = VideoOut.of(video, is_made=is_made)
    body = json.dumps(shown.model_dump(), cls=NinjaJSONEncoder).encode()
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Location": f"/api/v1/videos/{video.pk}",
    }
    return ErrorReply(HTTPStatus.CREATED, headers, body)


async def _read_link(body: RequestBody) -> LinkIn:
    """Parse the JSON body with a link; raise Invalid."""
    limit = f"A link may be described in {readable(JSON_BYTES)}, and this request has more."
    body.limit(JSON_BYTES, TooLarge(limit))
    try:
        return LinkIn.model_validate_json(b"".join([chunk async for chunk in body]))
    except ValidationError as error:
        raise invalid(error) from None


class _FormUpload:
    """Makes a video from the fields of a form."""

    def __init__(
        self,
        owner: Principal,
        announced_bytes: int | None,
        upload_id: UUID | None,
        made: UUID | None,
    ) -> None:
        """``made`` is the video that an earlier request with this ``upload_id`` has made."""
        self._owner = owner
        self._upload_id = upload_id
        self._made = made
        self._announced_bytes = announced_bytes
        self._seen: set[str] = set()
        self._title = ""
        self._storage = ""

    async def receive(self, form: Form) -> Video:
        """Read the whole form and return the video; raise Invalid for a wrong field."""
        async for part in form:
            if part.name == "file":
                return await self._receive_file(part, form)
            await self._take(part)
        raise Invalid(fields={"file": "is required"})

    async def _take(self, part: Part) -> None:
        """Read a field other than the file."""
        if part.name in self._seen:
            raise Invalid(fields={part.name: "must be given only once"})
        self._seen.add(part.name)
        if part.name == "title":
            self._title = read_title(await _read_text(part, "title"))
        elif part.name == "storage" and "file" not in self._seen:
            self._storage = await _read_text(part, "storage")
        elif part.name == "storage":
            raise Invalid(fields={"storage": "must come before the file"})
        else:
            raise Invalid(fields={part.name[:64]: no_such_field("title", "storage", "file")})

    async def _receive_file(self, part: Part, form: Form) -> Video:
        self._seen.add("file")
        storage = registry.chosen(self._storage)
        file = idempotency.FileDigest(
            part, self._announced_bytes, self._title, self._storage, part.file_name
        )
        try:
            upload = await self._begin(storage.name)
        except idempotency.AlreadyMade as found:
            return await idempotency.answer_again(found.video_id, await file.value())
        async with pipeline.at_work(upload):
            stat, kind = await pipeline.store(upload, file)
            if self._upload_id:
                upload.request_digest = await file.value()
            async for more in form:
                await self._take(more)
            key = pipeline.original_key(upload)
            read = pipeline.reader(storage, key)
            facts = await pipeline.probe_file(
                upload, read, stat.size_bytes, kind, is_near=storage.is_near
            )
            title = self._title or title_from(part.file_name)
            return await pipeline.finish(
                upload, title=title, key=key, stat=stat, kind=kind, facts=facts
            )

    async def _begin(self, storage: str) -> Upload:
        if self._made is not None:
            raise idempotency.AlreadyMade(self._made)
        announced_bytes = self._announced_bytes or 0
        return await upload_rows.begin(
            owner=self._owner,
            title="",
            storage=storage,
            size_bytes=self._announced_bytes or settings.MAX_UPLOAD_BYTES,
            # Perhaps only the other parts of the form exceed the limit.
            at_least=max(1, announced_bytes - FORM_BYTES),
            resumable=False,
            upload_id=self._upload_id,
        )


async def _read_text(part: Part, name: str) -> str:
    raw = b""
    async for chunk in part:
        raw += chunk
        if len(raw) > TEXT_BYTES:
            raise Invalid(fields={name: f"must be at most {_LONGEST[name]} characters"})
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Invalid(fields={name: "must be UTF-8"}) from None


_REFUSALS = (401, 403, 408, 409, 413, 422, 429, 502, 503, 507)
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
# For the OpenAPI document, because ninja does not know this app.
OPENAPI_PATHS: dict[str, dict[str, Any]] = {
    "/api/v1/videos": {
        "post": {
            "operationId": "library_upload",
            "summary": "Upload",
            "description": f"Upload a video: {ACCEPTED}. Its kind is told from its bytes. "
            "Without a title the file's name is taken. Or send JSON with the address of a file "
            "elsewhere, which is kept as a link or, with `import`, copied. Large files can be "
            "sent by tus 1.0 at `/api/v1/uploads`, whose last answer names the video in "
            "`Streamit-Video`.",
            "tags": ["videos"],
            "security": SECURITY,
            "parameters": [
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "description": "Sent again with the same key, the request makes no second "
                    "video: the answer is the first one, or 409 while that is under way. Another "
                    "request with the key is refused with 409: another link, or a form that "
                    "differs in its length, in the fields before the file, or in the file's name "
                    "or first 64 KiB. 409 is also the answer while the video is being deleted; "
                    "after that, the key makes a new one.",
                    "schema": {"type": "string", "pattern": idempotency.KEY_PATTERN},
                }
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": LinkIn.model_json_schema()},
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": ["file"],
                            "additionalProperties": False,
                            "properties": {
                                "title": {"type": "string", "maxLength": TITLE_MAX},
                                "storage": {"type": "string", "maxLength": 32},
                                "file": {"type": "string", "format": "binary"},
                            },
                        }
                    },
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
                    for status in map(HTTPStatus, _REFUSALS)
                },
            },
        }
    }
}
