"""HTTP clients for servers on this machine, which speak no TLS."""

import ssl
from typing import Any

import httpx2

# It trusts nobody. Else each client would read the certificates of everybody: 30 ms.
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(**options: Any) -> httpx2.AsyncClient:
    """Return a client with the options of httpx2's own."""
    return httpx2.AsyncClient(verify=_NOBODY, **options)
