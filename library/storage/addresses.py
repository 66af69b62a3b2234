"""Which addresses the server may connect to for links of strangers.

Our server fetches links from inside its own network. Links must not give access to machines that
the person who pasted them cannot reach (SSRF).
"""

import ipaddress
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import httpx2

from library.storage.base import Refused
from server.addresses import is_here

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

URL_MAX = 2048
# The web's own ports, and those above the system services (mail, shells, old databases), for some
# of which a request can be made to look like a command.
_LOW_PORTS = {80, 443}
_LOW_PORT_MAX = 1023
_PORT_MAX = 65535
# Letters, digits and dots of a host name (in ASCII form), or an IPv6 address.
_HOST = re.compile(rb"[a-z0-9._-]+|[0-9a-f:.]+")
# Each contains an IPv4 address that a router may unwrap, public or not (RFC 6052, 8215, 3056).
# And addresses that are not private for (every version of) Python, where cloud providers serve data
# that is meant for the machine itself (Azure's 168.63.129.16, Oracle's 192.0.0.192).
_SPECIAL = [
    ipaddress.ip_network(text)
    for text in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20")
]
_UNICAST = ipaddress.ip_network("2000::/3")
_WRAPPED = [ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")]


@dataclass(frozen=True, slots=True)
class Rules:
    """Where requests may go: any public address except this machine's own, on an allowed port.

    ``own_hosts`` are the names by which people reach this server. They lead to this machine too,
    even if their address is a router's and not on any of our interfaces. ``trusted_origin`` was
    named by the operator, and may be anywhere.
    """

    own_hosts: frozenset[str] = frozenset()
    trusted_origin: str = ""

    def allows_ip(self, address: IpAddress) -> bool:
        return is_public(address) and not is_here(str(address))

    def allows_port(self, port: int) -> bool:
        return port in _LOW_PORTS or _LOW_PORT_MAX < port <= _PORT_MAX


def is_public(address: IpAddress) -> bool:
    """Tell whether an address is on the public internet, and not a multicast address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in _UNICAST or any(address in network for network in _WRAPPED):
            return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def check_ips(
    addresses: Sequence[str], rules: Rules, *, own: Collection[str] = ()
) -> list[IpAddress]:
    """Return ``addresses``; raise Refused unless all are allowed and none is in ``own``.

    All of them: a name with a public and a private address must not pass because of the first.
    """
    found = [ipaddress.ip_address(text) for text in addresses]
    if not found or not all(rules.allows_ip(each) for each in found):
        raise Refused("The address leads to a machine that is not on the public internet.")
    if not {ipaddress.ip_address(text) for text in own}.isdisjoint(found):
        raise Refused("The address leads to this server itself.")
    return found


def parse(text: str, rules: Rules) -> httpx2.URL:
    """Parse an address that someone gave; raise Refused if we do not connect to it."""
    if len(text) > URL_MAX:
        raise Refused(f"The address must be at most {URL_MAX} characters.")
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError):
        raise Refused("This is not the address of a file on the web.") from None
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.raw_host):
        raise Refused("The address must begin with http:// or https:// and a host.")
    if url.userinfo:
        raise Refused("The address must not hold a user name or password.")
    if not rules.allows_port(port_of(url)):
        raise Refused("The address names a port that is not for the web.")
    return url.copy_with(fragment=None)


def origin_of(url: httpx2.URL) -> str:
    """Return scheme, host and port of ``url`` (RFC 6454)."""
    return f"{url.scheme}://{url.host}:{port_of(url)}"


def port_of(url: httpx2.URL) -> int:
    """Return the explicit or default port of a URL."""
    if url.port is not None:
        return url.port
    return 443 if url.scheme == "https" else 80
