"""Uploads with a checksum: the bytes of a request are used only if it matches."""

import contextlib
from collections.abc import AsyncIterator

from core.errors import TooLarge, Unavailable
from library.receive.tus_fields import Checksum
from library.storage.base import READ_BYTES

# A request is held in memory until its checksum is verified: the limits for one, and for all at
# the same time.
MAX_BYTES = 64 * 1024 * 1024
MAX_BYTES_OF_ALL = 256 * 1024 * 1024

_held_bytes = 0


@contextlib.asynccontextmanager
async def verified(
    body: AsyncIterator[bytes], checksum: Checksum
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Read the whole ``body`` and give it in pieces; leaving the block frees the memory.

    Raises ChecksumMismatch, TooLarge, and Unavailable while others take all the memory.
    """
    global _held_bytes
    data = bytearray()
    try:
        async for chunk in body:
            if len(data) + len(chunk) > MAX_BYTES:
                raise TooLarge(f"A request with a checksum may have {MAX_BYTES} bytes.")
            if _held_bytes + len(chunk) > MAX_BYTES_OF_ALL:
                raise Unavailable("Too many uploads are being checked. Try again a little later.")
            data += chunk
            _held_bytes += len(chunk)
        checksum.check(data)
        yield _in_pieces(data)
    finally:
        _held_bytes -= len(data)


async def _in_pieces(data: bytearray) -> AsyncIterator[bytes]:
    for start in range(0, len(data), READ_BYTES):
        yield bytes(data[start : start + READ_BYTES])
