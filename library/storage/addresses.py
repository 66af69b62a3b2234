"""Which addresses strangers may have the server connect to.

Our server fetches links from inside its own network. They must not become a way to machines that
the person who pasted the link cannot reach (SSRF).
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
# The web's own ports, and those above the services of a machine (mail, shells, databases
# of old); a request can be made to look like a command to some of them.
_LOW_PORTS = {80, 443}
_LOW_PORT_MAX = 1023
_PORT_MAX = 65535
# Letters, digits and dots of a name (in its ASCII form), or an IPv6 address.
_HOST = re.compile(rb"[a-z0-9._-]+|[0-9a-f:.]+")
# Each holds an IPv4 address that a router may unwrap, public or not (RFC 6052, 8215, 3056).
# Not private to Python, or not to every version of it: what the hosters of virtual machines
# answer there is meant for the machine (Azure's 168.63.129.16, Oracle's 192.0.0.192).
_SPECIAL = [
    ipaddress.ip_network(text)
    for text in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20")
]
_UNICAST = ipaddress.ip_network("2000::/3")
_WRAPPED = [ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")]


@dataclass(frozen=True, slots=True)
class Rules:
    """Where requests may go: any public address but the machine's own, on a sane port.

    ``own_hosts`` are the names by which people reach this server: what they lead to is its
    machine too, though the address may be a router's and on none of its interfaces.
    ``trusted_origin`` is one that the operator has named: it may be anywhere.
    """

    own_hosts: frozenset[str] = frozenset()
    trusted_origin: str = ""

    def allows_ip(self, address: IpAddress) -> bool:
        return is_public(address) and not is_here(str(address))

    def allows_port(self, port: int) -> bool:
        return port in _LOW_PORTS or _LOW_PORT_MAX < port <= _PORT_MAX


def is_public(address: IpAddress) -> bool:
    """Tell whether an address is one of the public internet, and of one machine."""
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
    """Return ``addresses``; raise Refused unless every one is allowed and none of ``own``.

    Every one: a name with a public and a private address must not get in by the first.
    """
    found = [ipaddress.ip_address(text) for text in addresses]
    if not found or not all(rules.allows_ip(each) for each in found):
        raise Refused("The address leads to a machine that is not on the public internet.")
    if not {ipaddress.ip_address(text) for text in own}.isdisjoint(found):
        raise Refused("The address leads to this server itself.")
    return found


def parse(text: str, rules: Rules) -> httpx2.URL:
    """Read an address somebody gave; raise Refused for what we do not ask for."""
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
    """Return the port a URL names or means."""
    if url.port is not None:
        return url.port
    return 443 if url.scheme == "https" else 80
