"""The OpenAPI document tells the truth about a running server."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.api import api
from tests.support.clips import Clip, make_clip
from tests.support.servers import Server, Servers, copy_template, own_valkey

if TYPE_CHECKING:
    # Each test process finds this file, and few run it.
    from schemathesis import APIOperation, Case

pytestmark = pytest.mark.programs

DOCUMENT: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/"))
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
EXAMPLES = 12
MOSTLY = st.sampled_from([True, True, True, False])
ENDS_A_SIGN_IN = ("/register", "/logout", "/logout-everywhere", "/password", "/delete-account")
ROOM = {"name": "Probe", "visibility": "public"}


@pytest.fixture(scope="module")
def server(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server without rate limits for all operations."""
    data = copy_template(migrated_template, tmp_path_factory.mktemp("openapi"))
    with own_valkey(data / "valkey") as socket:
        servers = Servers(data, f"unix://{socket}")
        try:
            yield servers.start(env={"STREAMIT_RATE_LIMITS": "off"})
        finally:
            servers.stop_all()


class Host:
    """A guest with a room and a video, so that generated requests find something."""

    def __init__(self, server: Server, clip: Path) -> None:
        self.http = httpx2.Client(base_url=f"{server.url}/api/v1")
        self.clip = clip.read_bytes()
        self.things: dict[str, str] = {}
        self.sign_in()

    def sign_in(self) -> None:
        """Become a new guest."""
        signed_in = self.http.post("/auth/guest", json={"display_name": "Host"}).json()
        self.http.cookies.clear()
        self.things.clear()
        self.id: str = signed_in["user"]["id"]
        self.authorization = {"Authorization": f"Bearer {signed_in['access_token']}"}

    def aim(self, case: Case[Any]) -> None:
        """Point a generated request at what exists."""
        for name in case.path_parameters:
            if name not in self.things:
                match name:
                    case "code":
                        self.things[name] = self._create("/rooms", "code", json=ROOM)
                    case "video_id":
                        file = {"file": ("probe.mp4", self.clip)}
                        self.things[name] = self._create("/videos", "id", files=file)
                    case "upload_id":
                        self.things[name] = self._begin_upload()
                    case "user_id":
                        self.things[name] = self.id
                    case _:
                        continue
            case.path_parameters[name] = self.things[name]

    def changed(self, operation: str) -> None:
        """Make other things for the next request: these may be gone.

        A film is only when it was deleted, and to look into another takes long.
        """
        film = self.things.get("video_id")
        self.things.clear()
        if film and operation != "DELETE /api/v1/videos/{video_id}":
            self.things["video_id"] = film

    def _begin_upload(self) -> str:
        begun = self.http.post(
            "/uploads",
            headers={**self.authorization, "Tus-Resumable": "1.0.0", "Upload-Length": "1000"},
        )
        assert begun.status_code == 201, begun.text
        return str(begun.headers["Location"].rpartition("/")[2])

    def _create(self, path: str, key: str, **body: Any) -> str:
        made = self.http.post(path, headers=self.authorization, **body)
        assert made.status_code == 201, made.text
        return str(made.json()[key])


@pytest.fixture(scope="module")
def host(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The one person who signs in; requests are theirs or nobody's."""
    clip = make_clip(tmp_path_factory.mktemp("clip"), Clip(duration_s=0.2, width=512, height=32))
    someone = Host(server, clip)
    yield someone
    someone.http.close()


@cache
def as_generated() -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """Return every operation as schemathesis makes requests to it."""
    import schemathesis

    schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
    return {
        f"{operation.method.upper()} {operation.path}": operation
        for operation in (
            found.ok()  # an error here is one of the document
            for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
        )
    }


@cache
def checks() -> list[Any]:
    """Return what is checked of every answer."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    return [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
        checks.allow_header_conformance,
    ]


def requests_to(operation: APIOperation[Any, Any, Any, Any]) -> st.SearchStrategy[Case[Any]]:
    """Generate requests that fit the operation's schema, and some that break it."""
    from schemathesis import GenerationMode

    fitting: st.SearchStrategy[Case[Any]] = operation.as_strategy(GenerationMode.POSITIVE)
    if not operation.body and not operation.query:
        return fitting  # any text is a path, and there is nothing else to break
    breaking: st.SearchStrategy[Case[Any]] = operation.as_strategy(GenerationMode.NEGATIVE)
    return fitting | breaking


def test_requests_are_generated_to_every_operation() -> None:
    assert as_generated().keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_declared(name: str, server: Server, host: Host) -> None:
    operation = as_generated()[name]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=requests_to(operation), signed_in=MOSTLY, aimed=MOSTLY)
    def probe(case: Case[Any], signed_in: bool, aimed: bool) -> None:
        if aimed:
            host.aim(case)
        headers = host.authorization if signed_in else {}
        response = case.call(base_url=server.url, headers=headers)
        case.validate_response(response, checks=checks())
        if response.status_code < 300 and operation.path.endswith(ENDS_A_SIGN_IN):
            host.sign_in()  # their token has ended
        elif response.status_code < 300 and operation.method not in ("get", "head", "options"):
            host.changed(name)

    probe()


def test_every_operation_that_needs_signing_in_says_so() -> None:
    open_to_all = {
        name for name, operation in OPERATIONS.items() if {} in operation.get("security", [{}])
    }
    assert open_to_all == {
        "POST /api/v1/auth/guest",
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/logout",
        "GET /api/v1/playback/providers",
        "GET /api/v1/rooms",
        "GET /api/v1/rooms/{code}",
        "GET /api/v1/rooms/{code}/picture",
        "GET /api/v1/rooms/{code}/calendar",
        "GET /api/v1/videos/{video_id}/subtitles",
        "GET /api/v1/videos/{video_id}/subtitles/{subtitle_id}",
        "GET /api/v1/videos/{video_id}/stream",
        "HEAD /api/v1/videos/{video_id}/stream",
        "OPTIONS /api/v1/uploads",
        "OPTIONS /api/v1/uploads/{upload_id}",
        # Signed by the service that calls, not by somebody.
        "POST /api/v1/processing/callback/{provider}",
    }


def test_every_error_is_declared_with_the_one_shape() -> None:
    for name, operation in OPERATIONS.items():
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            for media_type, content in response.get("content", {}).items():
                assert (media_type, content["schema"]["$ref"]) == (
                    "application/json",
                    "#/components/schemas/Error",
                ), (name, status)


def test_what_any_operation_may_answer_is_declared_of_every_one() -> None:
    for name, operation in OPERATIONS.items():
        if name.startswith("OPTIONS "):
            continue
        expected = {"503"}
        if not name.startswith(("GET ", "HEAD ")):
            expected.add("507")
        if "requestBody" in operation:
            expected |= {"413", "422"}
        assert expected <= set(operation["responses"]), name
