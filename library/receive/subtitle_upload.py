"""``POST /api/v1/videos/{id}/subtitles``: a form with a file of SRT, WebVTT or ASS.

A raw ASGI app, because Django gets no bodies above 64 KiB.
"""

import json
import re
from http import HTTPStatus
from typing import Any, cast

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from ninja.responses import NinjaJSONEncoder

from accounts import policy
from accounts.authentication import SECURITY, authenticate_scope
from core.errors import Invalid, NotAuthenticated, StreamItError, TooLarge
from core.http import ErrorReply, error_reply
from core.limits import Limit, spend
from core.sizes import readable
from core.text import TITLE_MAX, clean_line
from library import services, subtitles
from library.models import Subtitle
from library.receive.body import ClientGone, RequestBody
from library.receive.forms import Form, Part, no_such_field
from library.receive.titles import title_from
from library.schemas import SubtitleOut
from media.languages import canonical
from media.subtitles import MAX_BYTES, check_encoding, to_webvtt

ADDING = Limit("subtitles", burst=20, per_minute=20)
_FORM_BYTES = 16 * 1024
_FIELD_BYTES = 1024
_FIELDS = ("language", "label", "default", "encoding")
# The usual part of https://www.rfc-editor.org/rfc/rfc5646#section-2.1.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_LANGUAGE_MAX = 35


async def upload_subtitles(
    scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Answer 201 with the new track, or an error; then nothing is stored."""
    body = RequestBody(receive, limit_bytes=MAX_BYTES + _FORM_BYTES)
    try:
        track = await _receive(scope, body)
    except ClientGone:
        return
    except StreamItError as error:
        await body.answer(send, error_reply(error))
    else:
        await body.answer(send, _created(track))


async def _receive(scope: HTTPScope, body: RequestBody) -> Subtitle:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    owner = await authenticate_scope(scope)
    if owner is None:
        raise NotAuthenticated
    # Its video may take no space, if it is a link.
    policy.refuse_upload(owner)
    await spend(ADDING, str(owner.user_id))
    text: str = cast("Any", scope)["url_route"]["kwargs"]["video_id"]
    video = await services.find_own_video(video_id=services.parse_id(text), by=owner)
    fields, raw, file_name = await _read_form(Form(headers.get(b"content-type", ""), body))
    encoding = check_encoding(fields.get("encoding", ""))
    language = _language(fields.get("language", ""))
    label = _label(fields.get("label", ""), file_name)
    is_default = _flag(fields.get("default", ""))
    made = await to_webvtt(raw, encoding=encoding)
    return await subtitles.add(
        video, by=owner, vtt=made.text, language=language, label=label, is_default=is_default
    )


async def _read_form(form: Form) -> tuple[dict[str, str], bytes, str]:
    """Return the fields, the file's bytes and its name; raise Invalid or TooLarge."""
    fields: dict[str, str] = {}
    raw: bytes | None = None
    file_name = ""
    async for part in form:
        if part.name in fields or (part.name == "file" and raw is not None):
            raise Invalid(fields={part.name: "must be given only once"})
        if part.name == "file":
            raw, file_name = await _read(part, MAX_BYTES), part.file_name
        elif part.name in _FIELDS:
            fields[part.name] = (await _read(part, _FIELD_BYTES)).decode(errors="replace")
        else:
            raise Invalid(fields={part.name[:64]: no_such_field("file", *_FIELDS)})
    if raw is None:
        raise Invalid(fields={"file": "is required"})
    return fields, raw, file_name


async def _read(part: Part, limit_bytes: int) -> bytes:
    pieces, size_bytes = [], 0
    async for piece in part:
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes > limit_bytes:
            raise TooLarge(f"The field {part.name} may have at most {readable(limit_bytes)}.")
    return b"".join(pieces)


def _language(text: str) -> str:
    text = text.strip()
    if not text:
        return subtitles.UNKNOWN_LANGUAGE
    if len(text) > _LANGUAGE_MAX or not _LANGUAGE.fullmatch(text):
        raise Invalid(fields={"language": "must be a language tag, such as en or pt-BR"})
    return canonical(text)


def _label(text: str, file_name: str) -> str:
    try:
        return clean_line(text, at_most=TITLE_MAX) if text.strip() else title_from(file_name)
    except ValueError as error:
        raise Invalid(fields={"label": str(error)}) from None


def _flag(text: str) -> bool:
    if text not in ("", "true", "false"):
        raise Invalid(fields={"default": "must be true or false"})
    return text == "true"


def _created(track: Subtitle) -> ErrorReply:
    url = subtitles.link(track)
    body = json.dumps(SubtitleOut.of(track, url).model_dump(), cls=NinjaJSONEncoder).encode()
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Location": url}
    return ErrorReply(HTTPStatus.CREATED, headers, body)


_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_CREATED = {"application/json": {"schema": {"$ref": "#/components/schemas/SubtitleOut"}}}
_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "language": {"type": "string", "maxLength": _LANGUAGE_MAX, "description": "RFC 5646."},
        "label": {
            "type": "string",
            "maxLength": TITLE_MAX,
            "description": "What viewers choose by; default: the file's name.",
        },
        "default": {"type": "string", "enum": ["true", "false"]},
        "encoding": {
            "type": "string",
            "description": "Such as windows-1256; default: told from the bytes.",
        },
    },
}
# For the OpenAPI document, because ninja does not know this app.
OPENAPI_PATHS: dict[str, dict[str, Any]] = {
    "/api/v1/videos/{video_id}/subtitles": {
        "post": {
            "operationId": "library_add_subtitles",
            "summary": "Add Subtitles",
            "description": "Add subtitles to one of your videos: SRT, WebVTT or ASS of at most "
            "2 MiB, in any common encoding. They are kept as WebVTT.",
            "tags": ["videos"],
            "security": SECURITY,
            "parameters": [
                {
                    "name": "video_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "format": "uuid"},
                }
            ],
            "requestBody": {
                "required": True,
                "content": {"multipart/form-data": {"schema": _FORM}},
            },
            "responses": {
                "201": {"description": "Created", "content": _CREATED},
                **{
                    str(status.value): {"description": status.phrase, "content": _ERROR}
                    for status in map(
                        HTTPStatus, (401, 403, 404, 408, 409, 413, 422, 429, 503, 507)
                    )
                },
            },
        }
    }
}
