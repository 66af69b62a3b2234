"""The shortest way into a room, for tests of the machinery around rooms."""

import contextlib
import http.client
import json

from tests.support.patience import PATIENCE_S


def call(
    port: int, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, dict[str, str], str]:
    """Ask the server on ``port``; return status, headers by lower-case name, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    with contextlib.closing(connection):
        given = {"Content-Type": "application/json", **headers}
        connection.request(method, path, json.dumps(body) if body is not None else None, given)
        response = connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        return response.status, received, response.read().decode()


def enter_a_room(port: int) -> str:
    """Create a room as a new guest; return the address of their socket."""
    *_, guest = call(port, "POST", "/api/v1/auth/guest", {"display_name": "Ana"})
    bearer = {"Authorization": f"Bearer {json.loads(guest)['access_token']}"}
    *_, room = call(port, "POST", "/api/v1/rooms", {"name": "Cinema"}, **bearer)
    code = json.loads(room)["code"]
    *_, joined = call(port, "POST", f"/api/v1/rooms/{code}/join", {}, **bearer)
    return f"ws://127.0.0.1:{port}/ws/rooms/{code}/?ticket={json.loads(joined)['ticket']}"
