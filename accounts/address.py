"""Where a request comes from, as far as that can be trusted."""

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
    """Return whom an address limit counts: an IPv4 address, or an IPv6 /64.

    One IPv6 customer is given a whole /64, and could use a new address for each attempt.
    """
    address = client_address(request)
    if not _is_address(address) or ":" not in address:
        return address
    plain = ipaddress.IPv6Address(address.partition("%")[0])
    if plain.ipv4_mapped:
        # An IPv4 visitor at a socket that listens for both; all such share one /64.
        return str(plain.ipv4_mapped)
    return str(ipaddress.ip_network(f"{plain}/64", strict=False))


def mark_of(address: str) -> str:
    """Return what is stored of an address to count by it; "" of one that is not known.

    No address can be read from it: it is keyed.
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
