"""Bodies that are too long never reach Django."""

import json
from typing import Any

import pytest
from channels.testing import HttpCommunicator

from server.body_limit import MAX_BODY_BYTES, limit_body


async def measure(scope: Any, receive: Any, send: Any) -> None:
    """Read the whole body and answer with its length."""
    length, more = 0, True
    while more:
        event = await receive()
        length, more = length + len(event["body"]), event.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def post(chunks: list[bytes], *headers: tuple[bytes, bytes]) -> tuple[int, bytes]:
    """Send ``chunks`` through the limit; return status and body of the answer."""
    communicator = HttpCommunicator(limit_body(measure), "POST", "/", headers=list(headers))
    communicator.sent_request = True
    for chunk in chunks:
        await communicator.send_input({"type": "http.request", "body": chunk, "more_body": True})
    await communicator.send_input({"type": "http.request", "body": b"", "more_body": False})
    response = await communicator.get_response()
    return response["status"], response["body"]


@pytest.mark.parametrize(
    "chunks", [[b"x" * MAX_BODY_BYTES], [b"x" * (MAX_BODY_BYTES // 4)] * 4, []]
)
async def test_a_body_up_to_the_limit_passes(chunks: list[bytes]) -> None:
    assert await post(chunks) == (200, str(sum(map(len, chunks))).encode())


@pytest.mark.parametrize(
    "chunks", [[b"x" * (MAX_BODY_BYTES + 1)], [b"x" * (MAX_BODY_BYTES // 4)] * 4 + [b"x"]]
)
async def test_a_longer_body_is_refused_as_soon_as_it_is_seen(chunks: list[bytes]) -> None:
    status, body = await post(chunks)
    assert status == 413
    assert json.loads(body)["error"]["code"] == "too_large"


async def test_a_body_announced_too_long_is_refused_unread() -> None:
    status, _ = await post([], (b"content-length", str(MAX_BODY_BYTES + 1).encode()))
    assert status == 413
