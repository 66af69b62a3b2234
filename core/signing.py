"""Signatures of Standard Webhooks 1.0, made and checked. Pure. https://www.standardwebhooks.com"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

from core.errors import NotAuthenticated

PREFIX = "whsec_"
SECRET_BYTES = 32
# The minimum of the specification.
LEAST_SECRET_BYTES = 24
# How far a message's time may be from ours, to stop replays of old messages.
TOLERANCE_S = 300
ID_MAX = 200
_MOST_SIGNATURES = 8


class BadSignature(NotAuthenticated):
    """The signature of a message is wrong, or its time is too far from ours."""

    code = "bad_signature"
    message = "This message is not signed by a key that is known here."


def new_secret() -> str:
    """Return a fresh secret, as it is shown to people."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """Return the key bytes of ``secret``; raise ValueError if it is not a secret."""
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
    """Return the header fields of a message, signed with each of the secrets ``keys``."""
    signatures = [signature(key, message_id, timestamp_s, body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(signatures),
    }


def verify(fields: Mapping[str, str], body: bytes, *, keys: Sequence[str], now_s: float) -> str:
    """Return the id of a message signed with one of the secrets ``keys``.

    ``fields`` are its header fields, with names in lower case. Raises BadSignature.
    """
    message_id, stamp = fields.get("webhook-id", ""), fields.get("webhook-timestamp", "")
    if not 0 < len(message_id) <= ID_MAX or not 0 < len(stamp) <= 12 or not stamp.isdecimal():
        raise BadSignature
    if abs(now_s - int(stamp)) > TOLERANCE_S:
        raise BadSignature(f"This message is from more than {TOLERANCE_S} s ago, or from later.")
    ours = [signature(key, message_id, int(stamp), body).encode() for key in keys]
    given = fields.get("webhook-signature", "").split(" ")[:_MOST_SIGNATURES]
    # Compare all of them, so that the time reveals nothing.
    same = [hmac.compare_digest(one, each.encode()) for one in ours for each in given]
    if not any(same):
        raise BadSignature
    return message_id
