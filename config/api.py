"""The REST interface: its routers and its OpenAPI document."""

from copy import deepcopy
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

import accounts.account_api
import accounts.api
import accounts.keys_api
import library.api
import library.subtitle_api
import library.token_api
import playback.api
import processing.api
import processing.callback_api
import processing.ops_api
import rooms.api
import rooms.chat_api
import rooms.member_api
import rooms.queue_api
import webhooks.api
from accounts.authentication import Nobody
from config.docs import Docs
from config.errors import respond, translate
from config.json_parser import StrictJson
from library.receive.subtitle_upload import OPENAPI_PATHS as SUBTITLE_PATHS
from library.receive.tus_document import OPENAPI_PATHS as TUS_PATHS
from library.receive.upload_api import OPENAPI_PATHS as UPLOAD_PATHS
from library.serve.stream import OPENAPI_PATHS as STREAM_PATHS

DESCRIPTION = """\
Browsers sign in with the session cookie and send the `csrftoken` cookie's value as
`X-CSRFToken` with every change. Programs send `Authorization: Bearer` with the
`access_token` of signing in, or `X-API-Key` with a key made at `/api/v1/auth/keys`, and need
no CSRF token. A wrong token or key is refused even beside a good session.
Every error has the shape of the schema `Error`."""

SECURITY_SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


class _OpenApi(OpenAPISchema):
    def operation_security(self, operation: Operation) -> list[dict[str, list[str]]] | None:
        for callback in operation.auth_callbacks:
            return list(callback.security)  # type: ignore[attr-defined]
        return None

    def responses(self, operation: Operation) -> dict[int, dict[str, Any]]:
        """Add what any operation may answer, wherever it is declared."""
        result = super().responses(operation)
        # Redis or the database is away; all of them ask at least who it is.
        result[503] = {"description": "Service Unavailable", "content": _ERROR}
        if not {"GET", "HEAD", "OPTIONS"}.issuperset(operation.methods):
            # The database's disk is full.
            result[507] = {"description": "Insufficient Storage", "content": _ERROR}
        if any(model.__ninja_param_source__ == "body" for model in operation.models):
            # server.body_limit answers it for every operation alike.
            result[413] = {"description": "Content Too Large", "content": _ERROR}
            # config.json_parser answers it.
            result[415] = {"description": "Unsupported Media Type", "content": _ERROR}
        return result

    def get_paths(self) -> dict[str, Any]:
        """Add the raw ASGI apps, which ninja does not know."""
        paths: dict[str, Any] = super().get_paths()
        raw = (UPLOAD_PATHS, SUBTITLE_PATHS, STREAM_PATHS, TUS_PATHS)
        for path, operations in chain.from_iterable(each.items() for each in raw):
            paths.setdefault(path, {}).update(self._with_named_bodies(operations))
        return paths

    def _with_named_bodies(self, operations: dict[str, Any]) -> dict[str, Any]:
        """Move each body that has a name to the components, where clients find its type."""
        named = deepcopy(operations)
        for operation in named.values():
            for body in operation.get("requestBody", {}).get("content", {}).values():
                if name := body["schema"].get("title"):
                    self.add_schema_definitions({name: body["schema"]})
                    body["schema"] = {"$ref": f"#/components/schemas/{name}"}
        return named

    def get_components(self) -> dict[str, Any]:
        return {**super().get_components(), "securitySchemes": SECURITY_SCHEMES}


class Api(NinjaAPI):
    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        return _OpenApi(self, path_prefix or self.get_root_path(path_params or {}))

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Turn whatever a view or its authentication raised into a response."""
        if isinstance(exc, Nobody):
            request.auth = None  # type: ignore[attr-defined]
            return None  # type: ignore[return-value] # ninja stops for a response only
        return respond(translate(exc))

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        response = super().create_temporal_response(request)
        # Answers are about one person at one moment, and some carry tokens.
        response["Cache-Control"] = "no-store"
        return response


api = Api(
    title="StreamIt",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs=Docs(),
    docs_url="/docs",
    openapi_url="/openapi.json",
    parser=StrictJson(),
)
api.add_router("/v1/auth", accounts.api.router)
api.add_router("/v1/auth", accounts.account_api.router)
api.add_router("/v1/auth/keys", accounts.keys_api.router)
api.add_router("/v1/playback", playback.api.router)
api.add_router("/v1/rooms", rooms.api.router)
api.add_router("/v1/rooms", rooms.member_api.router)
api.add_router("/v1/rooms", rooms.queue_api.router)
api.add_router("/v1/rooms", rooms.chat_api.router)
api.add_router("/v1/videos", library.api.router)
api.add_router("/v1/webhooks", webhooks.api.router)
api.add_router("/v1/storages", library.api.storages_router)
api.add_router("/v1/videos", library.token_api.router)
api.add_router("/v1/videos", processing.api.router)
api.add_router("/v1/processing", processing.callback_api.router)
api.add_router("/v1/videos", library.subtitle_api.router)
api.add_router("/v1/ops", processing.ops_api.router)
