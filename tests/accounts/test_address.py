"""Whose address a request is counted under."""

from typing import Any

import pytest
from django.test import RequestFactory

from accounts.address import client_address, limit_subject


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    """Return an ASGI scope from ``peer`` with X-Forwarded-For lines."""
    return {
        "type": "http",
        "client": [peer, 5000] if peer is not None else None,
        "headers": [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded],
    }


def test_without_a_trusted_proxy_only_the_peer_counts(settings: Any) -> None:
    settings.TRUSTED_PROXY = False
    assert client_address(scope("192.0.2.1", "198.51.100.7")) == "192.0.2.1"


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["198.51.100.7"], "198.51.100.7"),
        (["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        (["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        (["2001:db8::1"], "2001:db8::1"),
        (["198.51.100.7, not an address"], "192.0.2.1"),
        (["198.51.100.7,"], "192.0.2.1"),
        (["\xff"], "192.0.2.1"),
        ([], "192.0.2.1"),
    ],
)
def test_behind_a_trusted_proxy_the_last_hop_counts(
    settings: Any, lines: list[str], address: str
) -> None:
    settings.TRUSTED_PROXY = True
    assert client_address(scope("192.0.2.1", *lines)) == address


def test_a_django_request_is_read_like_a_scope(settings: Any) -> None:
    settings.TRUSTED_PROXY = True
    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    assert client_address(RequestFactory().get("/", headers=headers)) == "198.51.100.7"


def test_a_unix_socket_has_no_address() -> None:
    assert client_address(scope(None)) == ""
    assert limit_subject(scope("")) == ""


def test_limits_count_an_ipv6_customer_not_each_of_their_addresses() -> None:
    one, other = limit_subject(scope("2001:db8:1:2::1")), limit_subject(scope("2001:db8:1:2:f::9"))
    assert one == other == "2001:db8:1:2::/64"
    assert limit_subject(scope("fe80::1%eth0")) == "fe80::/64"
    assert limit_subject(scope("192.0.2.1")) == "192.0.2.1"
    # As a server that listens on "::" is told of an IPv4 visitor.
    assert limit_subject(scope("::ffff:192.0.2.1")) == "192.0.2.1"
