"""The part of the OpenAPI document for ``receive.tus``, which ninja does not know."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from accounts.authentication import SECURITY
from library.receive import tus_fields

_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_PHRASES = {460: "Checksum Mismatch"}
_BYTES = {"application/offset+octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_COUNT = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}


def _field(name: str, schema: dict[str, Any], description: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": schema, "description": description, **more}


_VERSION = _field(
    "Tus-Resumable",
    {"type": "string", "enum": [tus_fields.VERSION]},
    "The version of tus that is spoken.",
    required=True,
)
_CHECKSUM = _field(
    "Upload-Checksum",
    _TEXT,
    f"An algorithm ({', '.join(tus_fields.CHECKSUMS)}), a space, and the digest of this "
    "request's bytes in base64. Such a request may have 64 MiB.",
)
_ID = {"name": "upload_id", "in": "path", "required": True, "schema": {**_TEXT, "format": "uuid"}}
_ANSWERED: dict[str, tuple[dict[str, Any], str]] = {
    "Tus-Resumable": (_TEXT, "The version of tus that is spoken."),
    "Tus-Version": (_TEXT, "The versions of tus that are known."),
    "Tus-Extension": (_TEXT, "The extensions of tus that are known."),
    "Tus-Max-Size": (_COUNT, "The most bytes that an upload may have."),
    "Tus-Checksum-Algorithm": (_TEXT, "The algorithms for Upload-Checksum."),
    "Location": (_TEXT, "Where the upload goes on, relative."),
    "Upload-Offset": (_COUNT, "So many bytes are here; the next request begins there."),
    "Upload-Length": (_COUNT, "So many bytes the file has."),
    "Upload-Expires": (_TEXT, "Until then the upload waits for more, as an HTTP date."),
    "Streamit-Video": (
        {**_TEXT, "format": "uuid"},
        "The video's id, once the last byte has made it.",
    ),
}


def _answer(description: str, always: Sequence[str], sometimes: Sequence[str] = ()) -> Any:
    headers = {
        name: {
            "schema": _ANSWERED[name][0],
            "description": _ANSWERED[name][1],
            "required": name in always,
        }
        for name in ("Tus-Resumable", *always, *sometimes)
    }
    return {"description": description, "headers": headers}


def _operation(
    name: str,
    summary: str,
    description: str,
    *,
    answers: dict[str, Any],
    errors: Sequence[int] = (),
    **more: Any,
) -> dict[str, Any]:
    told = {
        str(status): {
            "description": _PHRASES.get(status) or HTTPStatus(status).phrase,
            "content": _ERROR,
        }
        for status in errors
    }
    return {
        "operationId": f"library_tus_{name}",
        "summary": summary,
        "description": description,
        "tags": ["uploads"],
        "security": SECURITY,
        "responses": {**answers, **told},
        **more,
    }


def _abilities(name: str, *parameters: Any) -> dict[str, Any]:
    known = ("Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm")
    return _operation(
        name,
        "What uploads can",
        "Needs no login.",
        answers={"204": _answer("Told in the headers", known)},
        parameters=list(parameters),
        security=[{}],
    )


_PROGRESS = ("Upload-Expires", "Streamit-Video")
OPENAPI_PATHS: dict[str, dict[str, Any]] = {
    "/api/v1/uploads": {
        "options": _abilities("options"),
        "post": _operation(
            "create",
            "Begin a resumable upload",
            "Resumable uploads by [tus 1.0](https://tus.io/protocols/resumable-upload), with "
            f"the extensions {tus_fields.EXTENSIONS}: any client of tus can be used. Its first "
            "bytes may come along. What is no video that may be kept is refused as soon as its "
            "bytes tell, and the upload is gone then.",
            answers={"201": _answer("Begun", ("Location", "Upload-Offset"), _PROGRESS)},
            errors=(400, 401, 403, 408, 409, 412, 413, 422, 423, 429, 460, 502, 503, 507),
            parameters=[
                _VERSION,
                _field("Upload-Length", {**_COUNT, "minimum": 1}, "Bytes of all.", required=True),
                _field(
                    "Upload-Metadata",
                    {**_TEXT, "maxLength": 4096},
                    "Pairs with commas between: a name, a space, the value in base64. Known are "
                    "`title`, `filename` (names the video without a title) and `storage`.",
                ),
                _CHECKSUM,
            ],
            requestBody={"required": False, "content": _BYTES},
        ),
    },
    "/api/v1/uploads/{upload_id}": {
        "options": _abilities("upload_options", _ID),
        "head": _operation(
            "offset",
            "Ask where an upload goes on",
            "Also of one that has become a video. Errors come without a body.",
            answers={"200": _answer("So far", ("Upload-Offset", "Upload-Length"), _PROGRESS)},
            errors=(401, 404, 412, 503),
            parameters=[_ID, _VERSION],
        ),
        "patch": _operation(
            "append",
            "Send what comes next",
            "Whatever has come when the connection breaks is kept. A client that may not send "
            "PATCH or DELETE sends POST with `X-HTTP-Method-Override`.",
            answers={"204": _answer("Taken", ("Upload-Offset",), _PROGRESS)},
            errors=(400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 423, 460, 502, 503, 507),
            parameters=[
                _ID,
                _VERSION,
                _field("Upload-Offset", _COUNT, "Where these bytes begin.", required=True),
                _CHECKSUM,
            ],
            requestBody={"required": True, "content": _BYTES},
        ),
        "delete": _operation(
            "end",
            "Give an upload up",
            "Nothing of it stays.",
            answers={"204": _answer("Gone", ())},
            errors=(401, 403, 404, 412, 423, 503, 507),
            parameters=[_ID, _VERSION],
        ),
    },
}
