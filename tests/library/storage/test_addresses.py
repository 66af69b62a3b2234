import ipaddress

import pytest

from library.storage.addresses import Rules, check_ips, is_public, parse
from library.storage.base import Refused


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "::ffff:8.8.8.8"]
)
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "192.0.0.192",
        "192.88.99.1",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_of_a_private_or_special_network_is_not(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


def test_one_private_address_among_public_ones_refuses_a_name() -> None:
    assert check_ips(["8.8.8.8", "1.1.1.1"], Rules())
    for addresses in (["8.8.8.8", "10.0.0.1"], ["::1", "8.8.8.8"], []):
        with pytest.raises(Refused):
            check_ips(addresses, Rules())


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/film.mp4",
        "http://example.org:8080/a%20b?signature=1",
        "https://films.example.org:443/",
        "https://[2606:4700:4700::1111]/x",
    ],
)
def test_an_address_of_the_web_is_taken_as_it_is(text: str) -> None:
    assert str(parse(text, Rules())).rstrip("/") == text.replace(":443", "").rstrip("/")


def test_what_only_a_browser_needs_is_left_out() -> None:
    assert (
        str(parse("https://example.org/film.mp4#t=10", Rules())) == "https://example.org/film.mp4"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "film.mp4",
        "//example.org/film.mp4",
        "ftp://example.org/film.mp4",
        "file:///etc/passwd",
        "gopher://example.org/",
        "data:video/mp4;base64,AAAA",
        "https://",
        "https:///film.mp4",
        "https://me@example.org/film.mp4",
        "https://me:secret@example.org/film.mp4",
        "https://example.org:22/",
        "https://example.org:25/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: internal",
        "https://example.org/" + "a" * 2048,
    ],
)
def test_anything_else_is_refused_in_words_that_do_not_repeat_it(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(text, Rules())
    assert len(text) < 9 or text not in refused.value.message
    assert refused.value.message != Refused.message
