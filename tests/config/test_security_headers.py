"""What browsers are to guard against is said with every answer."""

import http.client

import pytest

from tests.support.servers import Server, Servers

NOBODY = "00000000-0000-0000-0000-000000000000"
# Of each application that answers: Django, the raw ones, the files of the build, and refusals.
REQUESTS = [
    ("GET", "/"),
    ("GET", "/favicon.svg"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/auth/me"),
    ("GET", "/api/nowhere"),
    ("TRACE", "/"),
    ("POST", "/api/v1/auth/guest"),
    ("POST", "/api/v1/videos"),
    ("OPTIONS", "/api/v1/uploads"),
    ("POST", "/api/v1/uploads"),
    ("GET", f"/api/v1/videos/{NOBODY}/stream"),
    ("POST", f"/api/v1/videos/{NOBODY}/subtitles"),
    ("GET", f"/api/v1/videos/{NOBODY}/hls/token/part"),
    ("GET", f"/media/token/{NOBODY}/v1/film.mp4"),
    ("GET", "/admin/"),
]


def answer(
    server: Server, method: str, path: str, host: str = "localhost", proto: str = "https"
) -> dict[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        headers = {"Host": host, "X-Forwarded-Proto": proto, "Content-Type": "text/plain"}
        connection.request(method, path, body=b"x" if method == "POST" else None, headers=headers)
        given = connection.getresponse().getheaders()
        names = [name.lower() for name, _ in given if name.lower() != "set-cookie"]
        assert len(names) == len(set(names)), (path, given)
        return {name.lower(): value for name, value in given}
    finally:
        connection.close()


@pytest.fixture
def behind_https(servers: Servers) -> Server:
    public = {"STREAMIT_PUBLIC_URL": "https://localhost", "STREAMIT_TRUSTED_PROXY": "on"}
    return servers.start(env=public)


def test_every_answer_forbids_to_guess_its_type_and_to_come_back_without_https(
    behind_https: Server,
) -> None:
    answers = {each: answer(behind_https, *each) for each in REQUESTS}
    answers["wrong", "host"] = answer(behind_https, "GET", "/api/v1/rooms", "elsewhere.example")
    for what, fields in answers.items():
        assert fields.get("x-content-type-options") == "nosniff", what
        assert fields.get("strict-transport-security", "").startswith("max-age=3"), what
        assert "server" not in fields, what


@pytest.mark.parametrize(("proto", "is_https"), [("https, http", True), ("http, https", False)])
def test_of_several_proxies_the_first_says_how_people_came(
    behind_https: Server, proto: str, is_https: bool
) -> None:
    for path in ("/api/v1/auth/me", f"/api/v1/videos/{NOBODY}/stream"):
        fields = answer(behind_https, "GET", path, proto=proto)
        assert ("strict-transport-security" in fields) is is_https, path
