"""What only object stores promise, against a real server that speaks S3."""

import asyncio
import contextlib
import functools
import json
import random
import re
import urllib.request
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from library.storage.base import READ_BYTES, Permanent, Refused, Storage, StorageUnavailable
from library.storage.objects import (
    PART_BYTES,
    AzureStorage,
    GcsStorage,
    S3Storage,
)
from library.storage.options import AzureOptions, GcsOptions
from tests.contracts.storages import gcs_at, google_account, s3_options
from tests.contracts.xml_api import GoogleStorage
from tests.support import buckets
from tests.support.raw_server import raw_server
from tests.support.servers import ROOT

KEY = "some-video/original"
LARGE_BYTES = 2 * PART_BYTES + 77
LIMIT = 10 * LARGE_BYTES


@pytest.fixture
def bucket(s3_url: str) -> Iterator[Any]:
    """A bucket of the server, seen by another client than ours."""
    with buckets.new_bucket(s3_url) as bucket:
        yield bucket


@pytest.fixture
def storage(s3_url: str, bucket: Any) -> Storage:
    return S3Storage(s3_options(s3_url, bucket.name))


def left_in(bucket: Any) -> tuple[list[str], list[str]]:
    """Return the keys of all objects, and of uploads that are not finished."""
    objects = [each.key for each in bucket.objects.all()]
    return objects, [each.object_key for each in bucket.multipart_uploads.all()]


@functools.cache
def large() -> bytes:
    return random.Random(3).randbytes(LARGE_BYTES)


async def chunks(content: bytes | None = None) -> AsyncIterator[bytes]:
    content = large() if content is None else content
    for start in range(0, len(content), 200_000):
        yield content[start : start + 200_000]


async def test_a_large_file_goes_up_in_parts_and_comes_back_whole(
    storage: Storage, bucket: Any
) -> None:
    stat = await storage.put(KEY, chunks(), LIMIT)
    assert stat.size_bytes == LARGE_BYTES
    assert stat.etag.endswith('-3"'), "S3 counts the parts in the etag"
    async with storage.open(KEY, 1, LARGE_BYTES) as read:
        assert b"".join([piece async for piece in read]) == large()[1:]
    assert left_in(bucket) == (["our/folder/" + KEY], [])


async def test_a_large_upload_that_fails_leaves_neither_object_nor_parts(
    storage: Storage, bucket: Any
) -> None:
    async def breaks_off() -> AsyncIterator[bytes]:
        async for chunk in chunks():
            yield chunk
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await storage.put(KEY, breaks_off(), LIMIT)
    assert left_in(bucket) == ([], [])


async def test_a_large_upload_that_is_cancelled_leaves_neither_object_nor_parts(
    storage: Storage, bucket: Any
) -> None:
    begun = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        async for chunk in chunks():
            yield chunk
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(storage.put(KEY, stalls(), LIMIT))
    await begun.wait()
    assert len(left_in(bucket)[1]) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left_in(bucket) == ([], [])


def test_the_rule_against_unfinished_uploads_is_one_that_s3_takes(bucket: Any) -> None:
    text = (ROOT / "docs" / "operations" / "storages.md").read_text()
    rules = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    rule = next(each for each in rules if "Rules" in each)
    kept = bucket.LifecycleConfiguration()
    kept.put(LifecycleConfiguration=rule)
    kept.load()
    assert kept.rules == rule["Rules"]


async def test_a_signed_address_serves_ranges_with_the_videos_type(storage: Storage) -> None:
    await storage.put(KEY, chunks(b"0123456789"), LIMIT, mime_type="video/mp4")
    address = await storage.sign(KEY, timedelta(minutes=5))
    assert address is not None
    assert "X-Amz-Expires=300" in address
    assert "our-secret" not in address
    request = urllib.request.Request(address, headers={"Range": "bytes=3-5"})

    def ask() -> tuple[int, str, bytes]:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()

    assert await asyncio.to_thread(ask) == (206, "video/mp4", b"345")


async def test_google_gets_a_large_file_in_parts_and_none_of_a_failed_one() -> None:
    async def breaks_off() -> AsyncIterator[bytes]:
        async for chunk in chunks():
            yield chunk
        raise ConnectionResetError

    google = GoogleStorage()
    async with raw_server(google) as server:
        storage = gcs_at(server.url)
        with pytest.raises(ConnectionResetError):
            await storage.put(KEY, breaks_off(), LIMIT)
        assert (google.objects, google.uploads) == ({}, {})
        assert (await storage.put(KEY, chunks(), LIMIT)).size_bytes == LARGE_BYTES
        assert google.objects["our/folder/" + KEY].content == large()
        assert google.uploads == {}
        parts = [asked for asked in server.asked if "partNumber" in asked.target]
        assert len(parts) == 5


async def test_two_versions_of_an_object_are_never_spliced(storage: Storage, bucket: Any) -> None:
    await storage.put(KEY, chunks(b"a" * 2 * READ_BYTES), LIMIT)
    async with storage.open(KEY, 0, 2 * READ_BYTES) as read:
        assert set(await anext(read)) == {ord("a")}
        bucket.put_object(Key="our/folder/" + KEY, Body=b"b" * 2 * READ_BYTES)
        seen = set()
        with pytest.raises(Permanent):
            seen |= {piece async for piece in read}
    assert all(set(piece) == {ord("a")} for piece in seen)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", Refused),
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", Refused),
        (b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", StorageUnavailable),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", Permanent),
        (b"", StorageUnavailable),
    ],
)
async def test_each_failure_of_the_store_has_its_outcome(
    answer: bytes, outcome: type[Exception]
) -> None:
    async with raw_server(lambda asked: answer) as server:
        storage = S3Storage(s3_options(server.url, "films"))
        with pytest.raises(outcome) as failed:
            await storage.stat(KEY)
    assert "our-secret" not in repr(failed.value.__cause__)


async def test_a_viewer_who_leaves_closes_the_connection_to_the_store() -> None:
    async with raw_server(lambda asked: None) as server:
        storage = S3Storage(s3_options(server.url, "films"))
        task = asyncio.create_task(
            contextlib.AsyncExitStack().enter_async_context(storage.open(KEY, 0, 10))
        )
        await server.connected.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(30):
            await server.disconnected.wait()


def test_no_secret_shows_when_a_storage_is_printed(s3_url: str) -> None:
    storage = S3Storage(s3_options(s3_url, "films"))
    assert "our-secret" not in f"{storage!r} {storage._store!r}"


async def test_google_and_azure_sign_without_being_asked() -> None:
    service_account = SecretStr(json.dumps(google_account()))
    gcs = GcsStorage(GcsOptions("films", "our", service_account, endpoint=""))
    azure = AzureStorage(
        AzureOptions("ours", "films", "our", SecretStr(b64encode(b"x" * 64).decode()), endpoint="")
    )
    for storage, beginning, expiry in (
        (
            gcs,
            "https://storage.googleapis.com/films/our/some-video/original?",
            "X-Goog-Expires=300",
        ),
        (azure, "https://ours.blob.core.windows.net/films/our/some-video/original?", "se="),
    ):
        address = await storage.sign(KEY, timedelta(minutes=5))
        assert address is not None
        assert address.startswith(beginning)
        assert expiry in address
        assert "PRIVATE" not in f"{storage._store!r} {address}"
