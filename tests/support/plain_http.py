"""HTTP clients for local servers without TLS."""

import ssl
from typing import Any

import httpx2

# Trusts no certificates, because loading the usual ones takes 30 ms per client.
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(**options: Any) -> httpx2.AsyncClient:
    """Return a client; ``options`` are those of httpx2."""
    return httpx2.AsyncClient(verify=NOBODY, **options)
