"""Requests with a checksum: they wait in memory, which they must not fill."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator

import pytest

from core.errors import TooLarge, Unavailable
from library.receive import checksums as module
from library.receive.checksums import verified
from library.receive.tus_fields import Checksum, ChecksumMismatch

CONTENT = bytes(range(256)) * 1000
RIGHT = Checksum("sha256", hashlib.sha256(CONTENT).digest())


async def body(content: bytes = CONTENT) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 10_000):
        yield content[start : start + 10_000]


async def test_what_is_right_comes_in_pieces() -> None:
    async with verified(body(), RIGHT) as pieces:
        assert b"".join([piece async for piece in pieces]) == CONTENT


@pytest.mark.parametrize(
    ("limit", "content", "error"),
    [(10**9, CONTENT[1:], ChecksumMismatch), (1000, CONTENT, TooLarge)],
)
async def test_what_is_wrong_or_too_large_leaves_no_trace(
    monkeypatch: pytest.MonkeyPatch, limit: int, content: bytes, error: type[Exception]
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", limit)
    with pytest.raises(error):
        async with verified(body(content), RIGHT):
            pass
    assert module._held_bytes == 0


async def test_many_at_once_do_not_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES_OF_ALL", 2 * len(CONTENT))
    async with contextlib.AsyncExitStack() as two:
        for _ in range(2):
            await two.enter_async_context(verified(body(), RIGHT))
        with pytest.raises(Unavailable) as refused:
            await two.enter_async_context(verified(body(), RIGHT))
        assert refused.value.retriable
    async with verified(body(), RIGHT):
        assert module._held_bytes == len(CONTENT)


async def test_a_sender_who_leaves_frees_what_they_had_sent() -> None:
    sent = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield CONTENT
        sent.set()
        await asyncio.Event().wait()

    async def take() -> None:
        async with verified(stalls(), RIGHT):
            pass

    task = asyncio.create_task(take())
    await sent.wait()
    assert module._held_bytes == len(CONTENT)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert module._held_bytes == 0
