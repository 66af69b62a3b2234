"""Bytes on their way into storage: limited, and cut into pieces of equal size."""

from collections.abc import AsyncGenerator, AsyncIterator

from core.sizes import too_large


async def pieces(
    chunks: AsyncIterator[bytes], *, size_bytes: int, limit_bytes: int
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes in pieces of ``size_bytes``; only the last may be shorter.

    Raises TooLarge as soon as more than ``limit_bytes`` have come.
    """
    buffer = bytearray()
    seen_bytes = 0
    async for chunk in chunks:
        seen_bytes += len(chunk)
        if seen_bytes > limit_bytes:
            raise too_large(limit_bytes)
        buffer += chunk
        while len(buffer) >= size_bytes:
            yield bytes(buffer[:size_bytes])
            del buffer[:size_bytes]
    if buffer:
        yield bytes(buffer)
