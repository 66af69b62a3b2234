"""Whatever goes wrong under /api leaves in the one shape."""

from typing import Annotated, Any
from uuid import UUID

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.test import AsyncClient
from django.urls import path
from ninja import Query, Router
from structlog.testing import capture_logs

from config.api import Api
from config.json_parser import StrictJson
from config.urls import urlpatterns as real_urls
from core.http import Body
from core.live import LiveStateUnavailable

router = Router()

RAISED: dict[str, Exception] = {
    "crash": RuntimeError("a secret that must not leak"),
    "missing": Http404("no such row"),
    "suspicious": SuspiciousOperation("odd"),
    "database": OperationalError("database is locked"),
    "redis": LiveStateUnavailable(),
}


class Part(Body):
    number: int


class Whole(Body):
    parts: list[Part]


@router.get("raise/{what}")
async def fail(request: Any, what: str) -> None:
    raise RAISED[what]


@router.post("whole")
async def take_whole(request: Any, body: Whole) -> int:
    return len(body.parts)


@router.get("things/{thing_id}")
async def show_thing(
    request: Any, thing_id: UUID, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> int:
    return limit


api = Api(urls_namespace="probe", docs_url=None, openapi_url=None, parser=StrictJson())
api.add_router("", router)
urlpatterns = [path("api/probe/", api.urls), *real_urls]

pytestmark = pytest.mark.urls(__name__)


def error_of(response: Any, status: int) -> dict[str, Any]:
    """Check that ``response`` is an error with ``status``; return what is inside."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert int(response["Content-Length"]) == len(response.content)
    body: dict[str, dict[str, Any]] = response.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() - {"fields"} == {"code", "message"}
    return body["error"]


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("crash", 500, "internal"),
        ("missing", 404, "not_found"),
        ("suspicious", 400, "bad_request"),
        ("database", 503, "unavailable"),
        ("redis", 503, "unavailable"),
    ],
)
async def test_what_a_view_raises_is_told_without_its_inside(
    what: str, status: int, code: str
) -> None:
    with capture_logs() as logs:
        response = await AsyncClient().get(f"/api/probe/raise/{what}")
    assert (error_of(response, status))["code"] == code
    assert "secret" not in response.content.decode()
    # Each 503 is logged too: it says which part did not work.
    assert bool(logs) == (what != "missing")


@pytest.mark.parametrize(
    ("kind", "is_taken"),
    [
        ("application/json; charset=utf-8", True),
        ("application/merge-patch+json", True),
        ("", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("text/xml", False),
    ],
)
async def test_json_is_taken_only_where_it_is_called_so_or_nothing_is_said(
    kind: str, is_taken: bool
) -> None:
    response = await AsyncClient().post(
        "/api/probe/whole", b'{"parts": [{"number": 1}]}', content_type=kind
    )
    if is_taken:
        assert response.status_code == 200
    else:
        assert error_of(response, 415)["code"] == "wrong_type"


@pytest.mark.parametrize(
    ("body", "field", "why"),
    [
        ("{", "body", "must be JSON"),
        ("\xff", "body", "must be JSON"),
        ("", "body", "is required"),
        ("[]", "body", "must be an object"),
        ("null", "body", "must be an object"),
        ('{"parts": [], "parts": []}', "body", "twice"),
        ('{"parts": [{"number": NaN}]}', "body", "NaN"),
        ('{"parts": [{"number": ' + "9" * 5000 + "}]}", "body", "must be JSON"),
        ("[" * 5000, "body", "must be JSON"),
        ('{"parts": [{"number": 1}, {"number": "x"}]}', "parts.1.number", "must be a whole number"),
        ('{"parts": [{"number": 1, "other": 2}]}', "parts.0.other", "is not known here"),
        ('{"parts": [{}]}', "parts.0.number", "is required"),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_a_wrong_body_is_refused_with_the_field_and_the_reason(
    body: str, field: str, why: str
) -> None:
    response = await AsyncClient().post(
        "/api/probe/whole", body.encode("latin-1"), content_type="application/json"
    )
    error = error_of(response, 422)
    assert error["code"] == "invalid"
    assert error["fields"].keys() == {field}
    assert why in error["fields"][field]


async def test_a_wrong_query_names_its_parameter() -> None:
    url = "/api/probe/things/00000000-0000-4000-8000-000000000000"
    assert (await AsyncClient().get(f"{url}?limit=100")).content == b"100"
    for limit in ("0", "101", "x", ""):
        error = error_of(await AsyncClient().get(f"{url}?limit={limit}"), 422)
        assert error["fields"].keys() == {"limit"}


async def test_an_identifier_that_cannot_be_one_names_nothing() -> None:
    assert (error_of(await AsyncClient().get("/api/probe/things/x"), 404))["code"] == ("not_found")


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("url", ["/api/v1/nothing", "/api/v2/rooms"])
async def test_an_unknown_address_is_not_found_by_any_method(method: str, url: str) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    response = await getattr(client, method)(url)
    assert (error_of(response, 404))["code"] == "not_found"


async def test_changing_the_documentation_is_a_csrf_failure() -> None:
    response = await AsyncClient(enforce_csrf_checks=True).post("/api/docs")
    assert error_of(response, 403)["code"] == "csrf_failed"


async def test_a_method_that_is_not_allowed_is_told_which_are() -> None:
    response = await AsyncClient().delete("/api/probe/whole")
    assert (error_of(response, 405))["code"] == "method_not_allowed"
    assert response["Allow"] == "POST"


async def test_a_host_that_is_not_ours_gets_our_shape() -> None:
    response = await AsyncClient().get("/api/probe/raise/missing", headers={"Host": "evil.example"})
    assert (error_of(response, 400))["code"] == "bad_request"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "not a host", "x" * 600])
async def test_a_host_that_is_not_ours_is_one_warning_with_its_name(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines:
        response = await AsyncClient().get("/rooms/abc", headers={"Host": host})
    assert response.status_code == 400
    [line] = lines
    assert line["event"] == "a request for a host that is not ours was refused"
    assert line["log_level"] == "warning"
    assert line["host"].endswith(host)
    assert caplog.records == []
