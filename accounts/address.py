"""The address of a client, as far as it can be trusted."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

MARK_LENGTH = 32


def client_address(request: HttpRequest | Mapping[str, Any]) -> str:
    """Return the IP address of a Django request or ASGI scope; "" over a unix socket.

    Behind a trusted proxy it is the right-most hop of X-Forwarded-For: the one that the
    proxy itself wrote. Everything left of it is the client's own claim.
    """
    if isinstance(request, HttpRequest):
        peer = str(request.META.get("REMOTE_ADDR") or "")
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    else:
        peer = str((request.get("client") or [""])[0])
        # Several header lines are one list (RFC 9110 section 5.3).
        values = [v for k, v in request["headers"] if k.lower() == b"x-forwarded-for"]
        forwarded = b",".join(values).decode("latin-1")
    if settings.TRUSTED_PROXY:
        last = forwarded.rpartition(",")[2].strip()
        if _is_address(last):
            return last
    return peer


def limit_subject(request: HttpRequest | Mapping[str, Any]) -> str:
    """Return the subject of limits by address: an IPv4 address, or an IPv6 /64.

    An IPv6 customer gets a whole /64, and could use a new address for each attempt.
    """
    address = client_address(request)
    if not _is_address(address) or ":" not in address:
        return address
    plain = ipaddress.IPv6Address(address.partition("%")[0])
    if plain.ipv4_mapped:
        # An IPv4 client of a dual-stack socket; as IPv6 all of these would share one /64.
        return str(plain.ipv4_mapped)
    return str(ipaddress.ip_network(f"{plain}/64", strict=False))


def mark_of(address: str) -> str:
    """Return a keyed digest of an address for counting; "" for an unknown address.

    The address cannot be recovered from it.
    """
    if not address:
        return ""
    return salted_hmac("accounts.address", address, algorithm="sha256").hexdigest()[:MARK_LENGTH]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
