"""Signatures of Standard Webhooks 1.0. Pure. https://www.standardwebhooks.com"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a fresh secret, as it is shown to people."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """Return the bytes that ``secret`` stands for; raise ValueError when it is none."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not a webhook secret") from error


def signature(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return the ``v1`` signature of a message."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(
    message_id: str, timestamp_s: int, body: bytes, *, keys: Sequence[str]
) -> dict[str, str]:
    """Return the header fields of a message that each of the secrets ``keys`` signs."""
    signatures = [signature(key, message_id, timestamp_s, body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(signatures),
    }
