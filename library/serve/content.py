"""The content of a response, read while it is sent; reading can be stopped and resumed."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from library.serve.ranges import Span, left_after
from library.storage.base import Readable, StorageUnavailable


class Content(AsyncIterator[bytes]):
    """Iterates over ``pieces`` of the file with this ``etag``; never mixes two versions.

    The first chunk, perhaps empty, comes as soon as the file is open. Close it with ``aclose``.
    """

    def __init__(
        self, storage: Readable, key: str, etag: str, pieces: Sequence[Span | bytes]
    ) -> None:
        self._storage, self._key, self._etag = storage, key, etag
        self._left = pieces
        self._given_bytes = 0
        self._is_opened = False
        self._reading: AsyncGenerator[bytes, None] | None = self._read()

    async def __anext__(self) -> bytes:
        if self._reading is None:
            self._reading = self._read()
        chunk = await anext(self._reading)
        self._given_bytes += len(chunk)
        return chunk

    async def let_go(self) -> None:
        """Close the file or the connection to it. The next read opens it again."""
        if self._reading is not None:
            await self._reading.aclose()
            self._reading = None
            self._left = left_after(self._left, self._given_bytes)
            self._given_bytes = 0

    aclose = let_go

    async def _read(self) -> AsyncGenerator[bytes, None]:
        between = b""
        for piece in self._left:
            if isinstance(piece, bytes):
                between = piece
                continue
            await self._check_version()
            async with self._storage.open(self._key, piece.start, piece.stop) as chunks:
                yield between
                between = b""
                async for chunk in chunks:
                    yield chunk
        if between:
            yield between

    async def _check_version(self) -> None:
        """Raise StorageUnavailable if the file has changed since it was first opened."""
        if self._is_opened and (await self._storage.stat(self._key)).etag != self._etag:
            raise StorageUnavailable("The file has been changed.")
        self._is_opened = True
