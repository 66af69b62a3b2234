import pytest

from server.addresses import is_private


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.2",
        "[::1]",
        "192.168.1.20",
        "10.1.2.3",
        "172.31.0.9",
        "169.254.7.7",
        "100.64.0.1",
        "[fd12::1]",
        "[fe80::1%eth0]",
        "cinema",
        "Cinema.Local",
        "cinema.fritz.box",
        "fritz.box",
        "nas.home.arpa",
    ],
)
def test_what_no_stranger_can_reach_is_private(host: str) -> None:
    assert is_private(["localhost", host])


@pytest.mark.parametrize(
    "host",
    [
        "watch.example.org",
        "8.8.8.8",
        "[2a00:1450::1]",
        "*",
        ".example.org",
        "local.example.org",
        "cinema.box",
        "notfritz.box",
    ],
)
def test_a_public_name_or_address_is_not_private(host: str) -> None:
    assert not is_private(["localhost", host])
