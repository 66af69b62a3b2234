"""``GET|HEAD /api/v1/videos/{id}/stream``: a video's bytes, for its owner or by token.

A raw ASGI app, because under ASGI Django's FileResponse reads the whole file.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from accounts.authentication import SECURITY_OR_NOBODY, authenticate_scope
from core.errors import MethodNotAllowed, NotAuthenticated, StreamItError
from core.http import error_reply, start
from library import services, sharing, tokens
from library.models import Video
from library.renditions import Place
from library.serve import rotated
from library.serve.download_name import content_disposition
from library.serve.open_streams import Reading, while_reading
from library.serve.responder import (
    fields_of,
    send_chunk,
    send_file,
    send_options,
    send_reply,
)
from library.storage import registry
from library.storage.base import Readable
from media.kinds import extension_of

METHODS = "GET, HEAD, OPTIONS"
# Pages of other sites with a token may play it, and see which bytes they got. Without cookies: the
# token is the permission. https://fetch.spec.whatwg.org/#http-cors-protocol
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition, Content-Length, "
    "Content-Range, ETag, Last-Modified",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Range, If-Match, If-Modified-Since, If-None-Match, "
    "If-Range, If-Unmodified-Since",
    "Access-Control-Max-Age": "86400",
}


_SECONDS = re.compile(r"\d{1,9}(\.\d{1,3})?", re.ASCII)


async def stream(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Send the video named in ``scope["url_route"]``, or a JSON error."""
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    headers = CORS if "token" in query else {}
    try:
        if scope["method"] == "OPTIONS":
            # A preflight brings no login; the request itself finds out whether the token is valid.
            await send_options(
                send, {"Allow": METHODS, **headers, **(PREFLIGHT if headers else {})}
            )
            return
        if scope["method"] not in ("GET", "HEAD"):
            headers = {"Allow": METHODS, **headers}
            raise MethodNotAllowed("A video's bytes can only be read.")
        video, reading = await _readable_video(scope, query.get("token"))
        download = query.get("download") == ["1"]
        wants_original = download or query.get("original") == ["1"]
        place = (
            services.original_of(video) if wants_original else await services.file_to_play(video)
        )
        storage = await storage_for(place, scope)
        with while_reading(reading) as ended:
            await send_file(
                scope,
                receive,
                send,
                storage=storage,
                key=place.key,
                size_bytes=expected_size(storage, place),
                mime_type=place.mime_type,
                headers=headers,
                content_headers=_attachment(video) if download else {},
                ended=ended,
            )
    except rotated.Late:
        await send_as_it_is(scope, send, headers)
    except StreamItError as error:
        await send_reply(scope, send, error_reply(error), headers)


async def _readable_video(
    scope: HTTPScope, given_tokens: list[str] | None
) -> tuple[Video, Reading]:
    """Find the video for the sender; a token decides alone, even beside a valid login."""
    text: str = cast("Any", scope)["url_route"]["kwargs"]["video_id"]
    if given_tokens is not None:
        if len(given_tokens) != 1:
            raise tokens.TokenInvalid
        video, media_grant = await sharing.find_shared_video(
            video_id=services.parse_id(text), token=given_tokens[0]
        )
        return video, Reading(video.pk, media_grant.grant, media_grant.epoch, media_grant.member)
    reader = await authenticate_scope(scope)
    if reader is None:
        raise NotAuthenticated
    video = await services.find_video(video_id=services.parse_id(text), reader=reader)
    return video, Reading(video.pk, reader.grant)


async def storage_for(place: Place, scope: HTTPScope) -> Readable:
    """Return the storage to read a film from, with its bytes in the order ``scope`` asks for."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    begins = query.get("from", [""])[0]
    if not _SECONDS.fullmatch(begins):
        return registry.provider(place.storage)
    # Players first ask for the whole film. Later requests must get the same order of bytes.
    is_begun = not fields_of(scope).get("range", "bytes=0-").startswith("bytes=0-")
    return await rotated.from_key_frame(place, float(begins), is_begun=is_begun)


def expected_size(storage: Readable, place: Place) -> int | None:
    """Return how many bytes ``storage`` should have of a film; None of one in another order."""
    return None if isinstance(storage, rotated.RotatedFile) else place.size_bytes


async def send_as_it_is(
    scope: HTTPScope, send: ASGISendCallable, headers: Mapping[str, str]
) -> None:
    """Redirect to the film in its own order, because one address always has one order."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    others = urlencode([(name, value) for name, value in query if name != "from"])
    location = quote(scope["path"].rpartition("/")[2]) + (f"?{others}" if others else "")
    about = {"Location": location, "Cache-Control": "no-store", "Content-Length": "0"}
    await start(send, HTTPStatus.TEMPORARY_REDIRECT, {**about, **headers})
    await send_chunk(send, b"", more=False)


def _attachment(video: Video) -> dict[str, str]:
    return {"Content-Disposition": content_disposition(video.title, extension_of(video.mime_type))}


_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_BYTES = {"video/*": {"schema": {"type": "string", "format": "binary"}}}
_RESPONSES: dict[str, Any] = {
    "200": {"description": "The whole file", "content": _BYTES},
    "206": {
        "description": "The ranges asked for",
        "content": {**_BYTES, "multipart/byteranges": {"schema": {"type": "string"}}},
    },
    "307": {"description": "As it is, where `from` would take too long now"},
    "304": {"description": HTTPStatus.NOT_MODIFIED.phrase},
    **{
        str(status.value): {"description": status.phrase, "content": _ERROR}
        for status in map(HTTPStatus, (401, 404, 409, 412, 416, 502, 503))
    },
}


def _operation(name: str, summary: str) -> dict[str, Any]:
    return {
        "operationId": f"library_{name}",
        "summary": summary,
        "description": "The owner's login or a media token lets read. Ranges and conditions "
        "are answered as RFC 9110 says.",
        "tags": ["videos"],
        "security": SECURITY_OR_NOBODY,
        "parameters": [
            {
                "name": "video_id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
            {"name": "token", "in": "query", "schema": {"type": "string"}},
            {
                "name": "download",
                "in": "query",
                "description": "1: as an attachment named after the title.",
                "schema": {"type": "string"},
            },
            {
                "name": "original",
                "in": "query",
                "description": "1: what was uploaded, where a copy for all browsers was made.",
                "schema": {"type": "string"},
            },
            {
                "name": "from",
                "in": "query",
                "description": "A time in seconds: what an MP4 shows from there on follows its "
                "index at once. The same film in another order of bytes.",
                "schema": {"type": "number"},
            },
            {"name": "Range", "in": "header", "schema": {"type": "string"}},
        ],
        "responses": _RESPONSES,
    }


# For the OpenAPI document, because ninja does not know this app.
OPENAPI_PATHS: dict[str, dict[str, Any]] = {
    "/api/v1/videos/{video_id}/stream": {
        "get": _operation("stream", "Stream"),
        "head": _operation("stream_head", "Stream, headers only"),
    }
}
