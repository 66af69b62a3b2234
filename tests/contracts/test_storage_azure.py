"""What Azure promises beyond the contract, against a real Azurite."""

import asyncio
import functools
import gc
import random
import urllib.request
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from library.storage.objects import PART_BYTES, AzureStorage
from tests.contracts.storages import azure_options
from tests.support import azurite

pytestmark = pytest.mark.engines

KEY = "some-video/original"
LARGE_BYTES = 2 * PART_BYTES + 77
LIMIT = 10 * LARGE_BYTES


@pytest.fixture
def prefix() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def storage(azure_url: str, prefix: str) -> AzureStorage:
    return AzureStorage(azure_options(azure_url, prefix))


@functools.cache
def large() -> bytes:
    return random.Random(7).randbytes(LARGE_BYTES)


async def chunks(content: bytes | None = None) -> AsyncIterator[bytes]:
    content = large() if content is None else content
    for start in range(0, len(content), 200_000):
        yield content[start : start + 200_000]


def listed(azure_url: str, prefix: str, include: str = "") -> str:
    """Ask another way than ours what is in the container."""
    query = {"restype": "container", "comp": "list", "prefix": prefix, "include": include}
    return azurite.ask(azure_url, "GET", azurite.CONTAINER, query).decode()


async def test_a_large_file_goes_up_in_blocks_and_comes_back_whole(
    storage: AzureStorage, azure_url: str, prefix: str
) -> None:
    stat = await storage.put(KEY, chunks(), LIMIT, mime_type="video/mp4")
    assert stat.size_bytes == LARGE_BYTES
    async with storage.open(KEY, 1, LARGE_BYTES) as read:
        assert b"".join([piece async for piece in read]) == large()[1:]
    seen = listed(azure_url, prefix)
    assert f"<Name>{prefix}/{KEY}</Name>" in seen
    assert "<Content-Type>video/mp4</Content-Type>" in seen


async def test_a_large_upload_that_fails_leaves_no_blob(
    storage: AzureStorage, azure_url: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """But blocks that nobody sees: Azure has no way to abort, and drops them after a week."""

    async def breaks_off() -> AsyncIterator[bytes]:
        async for chunk in chunks():
            yield chunk
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await storage.put(KEY, breaks_off(), LIMIT)
    assert KEY not in listed(azure_url, prefix)
    assert KEY in listed(azure_url, prefix, "uncommittedblobs")
    gc.collect()
    assert not caplog.records


async def test_a_signed_address_serves_ranges_with_the_videos_type(
    storage: AzureStorage,
) -> None:
    await storage.put(KEY, chunks(b"0123456789"), LIMIT, mime_type="video/mp4")
    address = await storage.sign(KEY, timedelta(minutes=5))
    assert address is not None
    assert azurite.KEY not in address
    request = urllib.request.Request(address, headers={"Range": "bytes=3-5"})

    def ask() -> tuple[int, str, bytes]:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()

    assert await asyncio.to_thread(ask) == (206, "video/mp4", b"345")
