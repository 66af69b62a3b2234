"""Every storage provider streams alike: all vectors, by raw sockets, for each of them."""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from library.storage.base import Storage
from library.storage.options import RemoteOptions
from library.storage.remote import RemoteStorage
from tests.contracts.storages import MAKERS, Grounds
from tests.library.serve.streaming import in_chunks, streaming
from tests.library.serve.vectors import CASES, CONTENT, SIZES, File
from tests.library.site import Wire
from tests.support import nginx
from tests.support.loopback import LoopbackRules

pytestmark = pytest.mark.films


@pytest.fixture(params=MAKERS)
def files(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[int, File]]:
    """A file of each size in the vectors at each provider, and a connection to read them."""
    maker = MAKERS[request.param]
    grounds = Grounds(tmp_path, request.getfixturevalue(maker.fixture) if maker.fixture else "")

    @contextlib.asynccontextmanager
    async def filled() -> AsyncIterator[Storage]:
        async with maker.make(grounds) as storage:
            for size in SIZES:
                await storage.put(f"films/{size}", in_chunks(CONTENT[:size]), size)
            yield storage
            await storage.close()

    with (
        django_db_blocker.unblock(),
        streaming(filled) as port,
        contextlib.closing(Wire(port)) as wire,
    ):
        yield {size: File(wire, f"/films/{size}", size, {}) for size in SIZES}


def failures_of(files: Mapping[int, File], cases: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return which vectors are answered otherwise, and how."""
    failures = {}
    for case in cases:
        try:
            files[case["size"]].check(case)
        except AssertionError as failure:
            failures[case["name"]] = str(failure)
    return failures


def test_every_storage_streams_as_the_vectors_say(files: dict[int, File]) -> None:
    assert not failures_of(files, CASES)


def test_a_key_of_nothing_is_not_found_at_every_storage(files: dict[int, File]) -> None:
    wire = files[1].wire
    for method in ("GET", "HEAD"):
        assert wire.ask(method, "/films/nothing", {"Range": "bytes=9-"}).status == 404
    assert wire.ask("GET", "/films/nothing").error == (404, "file_missing")


def test_a_file_elsewhere_streams_as_the_vectors_say(tmp_path: Path) -> None:
    """Of a link: nginx has the file, and we pass on what it sends."""
    for size in SIZES:
        (tmp_path / f"{size}.mp4").write_bytes(CONTENT[:size])
    site = f"server {{ listen 127.0.0.1:PORT; root {tmp_path}; }}"

    @contextlib.asynccontextmanager
    async def remote() -> AsyncIterator[Storage]:
        storage = RemoteStorage(RemoteOptions(10_000_000), rules=LoopbackRules())
        yield storage
        await storage.close()

    with (
        nginx.running(tmp_path / "nginx", site) as elsewhere,
        streaming(remote) as port,
        contextlib.closing(Wire(port)) as wire,
    ):
        addresses = {size: f"/{elsewhere.url}/{size}.mp4" for size in SIZES}
        files = {size: File(wire, path, size, {}) for size, path in addresses.items()}
        # nginx has no ranges of an empty file, and an empty file is no film.
        assert not failures_of(files, [case for case in CASES if case["size"]])
