"""Parsing the header fields of tus 1.0 (https://tus.io/protocols/resumable-upload). Pure."""

import base64
import binascii
import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import BadRequest, Invalid, TooLarge

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
CHECKSUMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "md5": hashlib.md5}
_METADATA = {"title", "filename", "storage"}
_METADATA_MAX = 4096
# Larger numbers all mean the same: more than any file has.
_MOST_DIGITS, _MORE_THAN_ANY_FILE = 18, 10**18


class BadField(BadRequest):
    code = "bad_tus_field"
    message = "A header field of the upload protocol is wrong; the message names it."

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} {why}.")


class ChecksumMismatch(BadRequest):
    code = "checksum_mismatch"
    # The status that the checksum extension defines.
    status = 460
    retriable = True
    message = "What arrived is not what was sent. Send it again."


@dataclass(frozen=True, slots=True)
class Checksum:
    """The expected digest of the bytes of a request."""

    algorithm: str
    digest: bytes

    def check(self, data: bytes | bytearray) -> None:
        """Raise ChecksumMismatch unless ``data`` has this digest."""
        if CHECKSUMS[self.algorithm](data, usedforsecurity=False).digest() != self.digest:
            raise ChecksumMismatch


def whole_number(fields: Mapping[str, str], name: str) -> int:
    """Parse a field with a number of bytes; raise BadField."""
    text = fields.get(name.lower(), "")
    if not (text.isascii() and text.isdecimal()):
        raise BadField(name, "must be a whole number")
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MOST_DIGITS else _MORE_THAN_ANY_FILE


def more_than(size_bytes: int) -> TooLarge:
    """Return the error for a request with which an upload would exceed its announced size."""
    return TooLarge(
        f"Upload-Length has announced {size_bytes} bytes, and this request brings more."
    )


def metadata(fields: Mapping[str, str]) -> dict[str, str]:
    """Parse Upload-Metadata: the values that we use; raise Invalid."""
    text = fields.get("upload-metadata", "")
    if len(text) > _METADATA_MAX:
        raise Invalid(fields={"Upload-Metadata": f"must be at most {_METADATA_MAX} characters"})
    found = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = pair.partition(" ")
        if name not in _METADATA:
            continue
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Invalid(fields={name: "must be UTF-8 in base64"}) from None
    return found


def checksum(fields: Mapping[str, str]) -> Checksum | None:
    """Parse Upload-Checksum; None if there is none; raise BadField."""
    text = fields.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, value = text.partition(" ")
    if algorithm not in CHECKSUMS:
        raise BadField("Upload-Checksum", f"must use one of: {', '.join(CHECKSUMS)}")
    size_bytes = CHECKSUMS[algorithm](usedforsecurity=False).digest_size
    with contextlib.suppress(binascii.Error):
        digest = base64.b64decode(value, validate=True)
        if len(digest) == size_bytes:
            return Checksum(algorithm, digest)
    # In hexadecimal it would be base64 too, and would be sent again and again in vain.
    raise BadField("Upload-Checksum", f"must have the {size_bytes} bytes of {algorithm} in base64")
