"""The address that a server listens on, and the names by which people reach it."""

import contextlib
import errno
import fcntl
import ipaddress
import re
import socket
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_BACKLOG = 2048
_SIOCGIFADDR = 0x8915  # netdevice(7): the IPv4 address of an interface
_IF_INET6 = Path("/proc/net/if_inet6")


class CannotListen(SystemExit):
    """We cannot listen on the address; the text names the option and the reason."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port``; raise CannotListen."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(
            address[:2],
            family=family,
            backlog=_BACKLOG,
            dualstack_ipv6=family == socket.AF_INET6 and host == "::",
        )
    except socket.gaierror as error:
        raise CannotListen(f"--host: {host} is not an address here: {error.strerror}") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"--port: {port} is in use by another program; choose one with --port"
            ) from None
        option = "--port" if error.errno == errno.EACCES else "--host"
        raise CannotListen(f"{option}: cannot listen on {host}:{port}: {error.strerror}") from None


def is_loopback(listener: socket.socket) -> bool:
    """Tell whether only this machine can reach ``listener``."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def is_wildcard(listener: socket.socket) -> bool:
    """Tell whether ``listener`` answers on every address of this machine."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_unspecified


def own_names(listener: socket.socket) -> list[str]:
    """Return this machine's names and addresses, as written in a Host header.

    Only addresses of the family that ``listener`` uses: at home IPv6 addresses are public.
    """
    name = socket.gethostname()
    addresses = _ipv4_addresses()
    if listener.family == socket.AF_INET6:
        addresses |= {f"[{address}]" for address in _ipv6_addresses()}
    return sorted({name, name.partition(".")[0], f"{name.partition('.')[0]}.local", *addresses})


# Names that are never resolved outside a network: RFC 6762, RFC 8375, ICANN's .internal, and those
# that home routers use. Anybody can have a name under .box; only fritz.box belongs to routers.
_PRIVATE_ENDINGS = (
    ".local",
    ".localhost",
    ".home.arpa",
    ".internal",
    ".lan",
    ".home",
    ".fritz.box",
)


_HOST = re.compile(r"\*|\.?[A-Za-z0-9][A-Za-z0-9.-]*(?<!\.)|\[[0-9A-Fa-f:.]+\]")


def is_private(hosts: Iterable[str]) -> bool:
    """Tell whether all ``hosts``, as written in Host headers, belong to a private network.

    A name with dots counts as public, whatever it resolves to, unless its suffix is private.
    """
    return all(map(_is_private, hosts))


def _is_private(host: str) -> bool:
    host = host.lower()
    try:
        return not ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_global
    except ValueError:
        is_label = "." not in host and host != "*"
        return is_label or f".{host}".endswith(_PRIVATE_ENDINGS)


def is_here(address: str) -> bool:
    """Tell whether an IP address belongs to this machine, by how the system would connect to it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent. To one of its own addresses the system connects from that address.
            probe.connect((address, 9))
            return ipaddress.ip_address(probe.getsockname()[0]) == ipaddress.ip_address(address)
        except OSError:
            return False


def is_host(text: str) -> bool:
    """Tell whether ``text`` is a host name as in a Host header, or ``*`` for all hosts.

    With a leading dot it stands for all subdomains. Browsers send non-ASCII names as ``xn--…``.
    """
    return _HOST.fullmatch(text) is not None


def main_address() -> str:
    """Return the address by which others on the network most likely reach us."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only chooses a route (192.0.2.1 is an
            # address for documentation, RFC 5737).
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _ipv4_addresses() -> set[str]:
    found = {main_address()}
    if sys.platform == "linux":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for _, interface in socket.if_nameindex():
                with contextlib.suppress(OSError):  # an interface without an IPv4 address
                    request = struct.pack("256s", interface.encode()[:15])
                    answer = fcntl.ioctl(probe, _SIOCGIFADDR, request)
                    found.add(socket.inet_ntoa(answer[20:24]))
    return found


def _ipv6_addresses() -> set[str]:
    with contextlib.suppress(OSError):
        lines = _IF_INET6.read_text().splitlines()
        return {str(ipaddress.IPv6Address(int(line.split()[0], 16))) for line in lines}
    return set()
