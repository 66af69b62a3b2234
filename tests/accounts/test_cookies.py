"""The cookies of a visit: which names they have over http and https, and who they let in."""

from typing import Any

import pytest
from django.test import AsyncClient

from accounts import guessing
from tests.accounts import people

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

AUTH = "/api/v1/auth"


@pytest.fixture(autouse=True)
def public_by_https(settings: Any) -> None:
    """A server with a public https address, and a proxy that may say so."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 60


class Visit:
    """A browser that keeps its cookies, by one scheme."""

    def __init__(self, scheme: str) -> None:
        self.client = AsyncClient(enforce_csrf_checks=True)
        self.headers = {"X-Forwarded-Proto": scheme, "Origin": f"{scheme}://testserver"}

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        send = getattr(self.client, method.lower())
        extra = {"data": body, "content_type": "application/json"} if body else {}
        cookies = self.client.cookies
        token = cookies.get("__Host-csrftoken") or cookies.get("csrftoken")
        headers = {**self.headers, **({"X-CSRFToken": token.value} if token else {})}
        return await send(path, headers=headers, **extra)


async def sign_in(visit: Visit) -> Any:
    await visit.ask("GET", "/")
    return await visit.ask("POST", f"{AUTH}/guest", display_name="Ann")


async def test_over_https_cookies_are_secure_and_of_this_host_alone() -> None:
    visit = Visit("https")
    answer = await sign_in(visit)
    assert answer.status_code == 201
    assert set(visit.client.cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    for cookie in visit.client.cookies.values():
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert visit.client.cookies["__Host-sessionid"]["httponly"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=60"
    assert (await visit.ask("GET", f"{AUTH}/me")).status_code == 200
    assert (await visit.ask("POST", f"{AUTH}/logout")).status_code == 204
    assert (await visit.ask("GET", f"{AUTH}/me")).status_code == 401


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", "")])
async def test_the_cookie_of_a_known_device_goes_by_the_scheme_too(
    scheme: str, secure: object
) -> None:
    await people.registered()
    visit = Visit(scheme)
    body = {"email": "bob@example.org", "password": people.PASSWORD}
    assert (await visit.ask("POST", f"{AUTH}/login", **body)).status_code == 200
    assert visit.client.cookies[guessing.COOKIE]["secure"] == secure


async def test_who_comes_over_http_on_the_home_network_can_sign_in_too() -> None:
    visit = Visit("http")
    answer = await sign_in(visit)
    assert answer.status_code == 201
    assert {name: cookie["secure"] for name, cookie in visit.client.cookies.items()} == {
        "sessionid": "",
        "csrftoken": "",
    }
    assert "Strict-Transport-Security" not in answer.headers
    assert (await visit.ask("GET", f"{AUTH}/me")).status_code == 200
    assert (await visit.ask("POST", f"{AUTH}/logout")).status_code == 204


async def test_a_session_that_another_host_has_planted_signs_nobody_in() -> None:
    visit = Visit("https")
    visit.client.cookies["sessionid"] = await people.session_of(await people.guest("Eve"))
    assert (await visit.ask("GET", f"{AUTH}/me")).status_code == 401
    assert "__Host-sessionid" not in visit.client.cookies


async def test_a_token_that_another_host_has_planted_proves_nothing() -> None:
    visit = Visit("https")
    assert (await sign_in(visit)).status_code == 201
    del visit.client.cookies["__Host-csrftoken"]
    visit.client.cookies["csrftoken"] = people.CSRF
    answer = await visit.ask("PATCH", f"{AUTH}/me", display_name="Eve")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf_failed")


async def test_another_hosts_cookie_does_not_replace_the_one_of_this_host() -> None:
    visit = Visit("https")
    user = (await sign_in(visit)).json()["user"]
    visit.client.cookies["sessionid"] = await people.session_of(await people.guest())
    assert (await visit.ask("GET", f"{AUTH}/me")).json()["user"] == user
