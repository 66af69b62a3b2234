"""The address of the room's socket is that of the name by which the asker came."""

from typing import Any

import pytest
from django.test import RequestFactory

from rooms import arrival


@pytest.mark.parametrize(
    ("host", "secure", "expected"),
    [
        ("watch.example.org", False, "wss://watch.example.org/ws/rooms/abc/"),
        ("localhost:8000", False, "ws://localhost:8000/ws/rooms/abc/"),
        ("localhost:8000", True, "wss://localhost:8000/ws/rooms/abc/"),
    ],
)
def test_a_page_is_told_a_socket_of_its_own_name(
    settings: Any, host: str, secure: bool, expected: str
) -> None:
    settings.PUBLIC_URL = "https://watch.example.org"
    settings.ALLOWED_HOSTS = ["watch.example.org", "localhost"]
    request = RequestFactory().get("/", headers={"host": host}, secure=secure)
    assert arrival._socket_url(request, "abc") == expected
