"""Which pages may open a room's socket."""

from typing import Any, cast

import pytest
from asgiref.typing import WebSocketScope

from rooms.routing import _is_same_origin

HOST = (b"host", b"watch.example.org:8000")


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ([HOST], True),
        ([HOST, (b"origin", b"http://watch.example.org:8000")], True),
        ([HOST, (b"Origin", b"https://WATCH.example.org:8000")], True),
        ([HOST, (b"origin", b"https://public.example.org")], True),
        ([HOST, (b"origin", b"https://public.example.org.evil.org")], False),
        ([HOST, (b"origin", b"http://watch.example.org")], False),
        ([HOST, (b"origin", b"http://evil.org")], False),
        ([HOST, (b"origin", b"null")], False),
        ([HOST, (b"origin", b"")], False),
        ([HOST, (b"origin", b"http://[::1")], False),
        ([HOST, (b"origin", b"\xff")], False),
        ([HOST, (b"origin", b"http://a@watch.example.org:8000")], False),
        ([HOST, HOST, (b"origin", b"http://watch.example.org:8000")], False),
        ([(b"origin", b"http://watch.example.org:8000")], False),
        ([HOST, (b"origin", b"http://watch.example.org:8000"), (b"origin", b"null")], False),
    ],
)
def test_only_our_own_pages_and_programs_open_sockets(
    settings: Any, headers: list[tuple[bytes, bytes]], let_in: bool
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://public.example.org"]
    assert _is_same_origin(cast("WebSocketScope", {"headers": headers})) is let_in
