"""What only Dropbox and Google Drive do: tokens that end, limits, uploads in sessions."""

import asyncio
import functools
import json
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest

from library.storage.base import (
    Missing,
    Permanent,
    Refused,
    Storage,
    StorageFull,
    StorageUnavailable,
)
from library.storage.cloud import ATTEMPTS
from library.storage.dropbox import CHUNK_BYTES
from tests.contracts.clouds import LOST, SECRETS, Cloud, Drive, Dropbox, failed, refused, reply
from tests.contracts.storages import dropbox_at, gdrive_at
from tests.support.raw_server import Asked

KEY = "some-video/original"
LARGE_BYTES = 2 * CHUNK_BYTES + 77
LIMIT = 10 * LARGE_BYTES
BUSY = reply(503)

CLOUDS: dict[str, tuple[type[Cloud], Callable[[Any], AbstractAsyncContextManager[Storage]]]] = {
    "dropbox": (Dropbox, dropbox_at),
    "gdrive": (Drive, gdrive_at),
}


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest) -> Cloud:
    return CLOUDS[request.param][0]()


@pytest.fixture
async def storage(cloud: Cloud) -> AsyncIterator[Storage]:
    at = dropbox_at if isinstance(cloud, Dropbox) else gdrive_at
    async with at(cloud) as storage:  # type: ignore[arg-type]
        yield storage


@pytest.fixture
async def stored(storage: Storage) -> Storage:
    """A storage that holds ten bytes under KEY."""
    await storage.put(KEY, chunks(b"0123456789"), LIMIT)
    return storage


@functools.cache
def large() -> bytes:
    return random.Random(5).randbytes(LARGE_BYTES)


async def chunks(content: bytes | None = None) -> AsyncIterator[bytes]:
    content = large() if content is None else content
    for start in range(0, len(content), 300_000):
        yield content[start : start + 300_000]


async def read(storage: Storage, start: int, stop: int) -> bytes:
    async with storage.open(KEY, start, stop) as pieces:
        return b"".join([piece async for piece in pieces])


def contents(cloud: Any) -> list[bytes]:
    return [content for _, content in cloud.files.values()]


async def test_one_access_token_serves_many_requests_and_is_renewed_when_it_ends(
    cloud: Cloud, stored: Storage
) -> None:
    assert await read(stored, 2, 5) == b"234"
    assert cloud.token == "access-token-1"
    cloud.end_token()
    sizes = await asyncio.gather(*(stored.stat(KEY) for _ in range(5)))
    assert [stat.size_bytes for stat in sizes] == [10] * 5
    assert cloud.token == "access-token-2", "five requests need one new token"


async def test_a_refresh_token_that_was_taken_back_is_refused(
    cloud: Cloud, stored: Storage
) -> None:
    cloud.end_token()
    cloud.token_answer = reply(400, {"error": "invalid_grant"})
    with pytest.raises(Refused, match="no longer knows this server"):
        await stored.stat(KEY)


async def test_an_access_token_that_is_never_good_is_refused(cloud: Cloud, stored: Storage) -> None:
    cloud.token_answer = reply(200, {"access_token": "useless", "expires_in": 14400})
    cloud.end_token()
    with pytest.raises(Refused):
        await stored.stat(KEY)


async def test_a_short_wait_that_is_asked_for_is_kept(cloud: Cloud, stored: Storage) -> None:
    cloud.troubles = [reply(429, headers={"Retry-After": "0"}), BUSY, b""]
    assert (await stored.stat(KEY)).size_bytes == 10
    assert cloud.troubles == []


async def test_a_long_wait_is_told_instead(cloud: Cloud, stored: Storage) -> None:
    cloud.troubles = [reply(429, headers={"Retry-After": "300"}), None, None]
    with pytest.raises(StorageUnavailable) as busy:
        await stored.stat(KEY)
    assert busy.value.retry_after_s == 300
    assert len(cloud.troubles) == 2, "it must not be asked again meanwhile"


async def test_a_cloud_that_stays_away_is_unavailable(cloud: Cloud, stored: Storage) -> None:
    cloud.troubles += [BUSY] * ATTEMPTS
    cloud.troubles.append(None)
    with pytest.raises(StorageUnavailable):
        await stored.stat(KEY)
    assert cloud.troubles == [None]


@pytest.mark.parametrize(
    ("cloud", "answer", "outcome"),
    [
        ("dropbox", reply(400, b"Error in call to API function"), Permanent),
        ("dropbox", reply(403, {"error_summary": "other/"}), Refused),
        ("dropbox", refused("path/restricted_content/.."), Refused),
        ("dropbox", refused("path/malformed_path/.."), Permanent),
        ("dropbox", refused("path/insufficient_space/.."), StorageFull),
        ("gdrive", failed(400, "badRequest"), Permanent),
        ("gdrive", failed(403, "insufficientFilePermissions"), Refused),
        ("gdrive", failed(403, "storageQuotaExceeded"), StorageFull),
        ("gdrive", failed(404, "notFound"), Missing),
    ],
    indirect=["cloud"],
)
async def test_each_refusal_has_its_outcome(
    cloud: Cloud, stored: Storage, answer: bytes, outcome: type[Exception]
) -> None:
    cloud.troubles += [answer] * 2 * ATTEMPTS
    with pytest.raises(outcome):
        await stored.stat(KEY)


@pytest.mark.parametrize("cloud", ["gdrive"], indirect=True)
async def test_googles_other_way_to_say_slow_down_is_obeyed(cloud: Cloud, stored: Storage) -> None:
    cloud.troubles = [failed(403, "userRateLimitExceeded")]
    assert (await stored.stat(KEY)).size_bytes == 10


async def test_a_large_file_goes_up_in_parts_and_comes_back_whole(
    cloud: Cloud, storage: Storage
) -> None:
    stat = await storage.put(KEY, chunks(), LIMIT)
    assert stat.size_bytes == LARGE_BYTES
    assert contents(cloud) == [large()]
    assert await read(storage, 1, LARGE_BYTES) == large()[1:]


@pytest.mark.parametrize("size_bytes", [CHUNK_BYTES, 2 * CHUNK_BYTES])
async def test_a_file_of_whole_parts_goes_up_too(
    cloud: Cloud, storage: Storage, size_bytes: int
) -> None:
    await storage.put(KEY, chunks(large()[:size_bytes]), LIMIT)
    assert contents(cloud) == [large()[:size_bytes]]


# The first requests of a put are the look for the key and the beginning of the session.
@pytest.mark.parametrize(
    "troubles", [[BUSY], [LOST], [b""], [LOST, BUSY], [None, BUSY, None, BUSY]]
)
async def test_a_part_whose_answer_is_lost_is_there_once(
    cloud: Cloud, storage: Storage, troubles: list[bytes | None]
) -> None:
    cloud.troubles = [None, None, *troubles]
    await storage.put(KEY, chunks(), LIMIT)
    assert cloud.troubles == []
    assert contents(cloud) == [large()]


async def test_a_cancelled_upload_leaves_no_file(cloud: Any, storage: Storage) -> None:
    begun = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        async for chunk in chunks():
            yield chunk
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(storage.put(KEY, stalls(), LIMIT))
    await begun.wait()
    assert len(cloud.sessions) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cloud.files == {}
    if isinstance(cloud, Drive):
        assert cloud.sessions == {}, "Google is told; Dropbox has no way to"


async def test_a_download_that_breaks_off_goes_on_where_it_was(
    cloud: Any, stored: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = cloud.answer
    ranges = []

    def cut(asked: Asked) -> bytes:
        if "range" not in asked.headers:
            return bytes(answer(asked))
        ranges.append(asked.headers["range"])
        return bytes(answer(asked)[: -4 if len(ranges) == 1 else None])

    monkeypatch.setattr(cloud, "answer", cut)
    assert await read(stored, 0, 10) == b"0123456789"
    assert ranges == ["bytes=0-9", "bytes=6-9"]


async def test_a_link_for_browsers_comes_from_dropbox_only_and_lasts_four_hours(
    cloud: Cloud, stored: Storage
) -> None:
    link = await stored.sign(KEY, timedelta(hours=1))
    if isinstance(cloud, Drive):
        assert link is None
    else:
        assert link == "https://uc123.dl.dropboxusercontent.com/cd/0/get/abc"
        assert await stored.sign(KEY, timedelta(hours=5)) is None
        with pytest.raises(Missing):
            await stored.sign("no/such-key", timedelta(hours=1))


async def test_a_key_that_is_put_again_after_its_file_was_deleted_elsewhere_is_found(
    cloud: Any, stored: Storage
) -> None:
    assert await read(stored, 0, 1) == b"0"
    cloud.files.clear()
    with pytest.raises(Missing):
        await read(stored, 0, 1)
    await stored.put(KEY, chunks(b"abc"), LIMIT)
    assert await read(stored, 0, 3) == b"abc"


async def test_no_secret_is_logged_or_shown(
    cloud: Cloud, stored: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cloud.end_token()
    await read(stored, 0, 10)
    cloud.troubles += [reply(400)] * 2
    with pytest.raises(Permanent) as failure:
        await stored.stat(KEY)
    told = f"{caplog.text} {failure.value!r} {stored!r} {json.dumps(str(vars(stored)))}"
    for secret in (SECRETS["client_secret"], SECRETS["refresh_token"], "access-token-"):
        assert secret not in told
