"""Every storage provider streams alike: all vectors, by raw sockets, for each of them."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from library.storage.base import Storage
from tests.contracts.places import PLACES, Grounds
from tests.library.site import Wire
from tests.library.streaming import in_chunks, streaming
from tests.library.vectors import CASES, CONTENT, SIZES, File


@pytest.fixture(params=PLACES)
def files(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[int, File]]:
    """A file of each size in the vectors at each provider, and a connection to read them."""
    place = PLACES[request.param]
    grounds = Grounds(tmp_path, request.getfixturevalue(place.fixture) if place.fixture else "")

    @contextlib.asynccontextmanager
    async def filled() -> AsyncIterator[Storage]:
        async with place.make(grounds) as storage:
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


def test_every_storage_streams_as_the_vectors_say(files: dict[int, File]) -> None:
    failures = {}
    for case in CASES:
        try:
            files[case["size"]].check(case)
        except AssertionError as failure:
            failures[case["name"]] = str(failure)
    assert not failures


def test_a_key_of_nothing_is_not_found_at_every_storage(files: dict[int, File]) -> None:
    wire = files[1].wire
    for method in ("GET", "HEAD"):
        assert wire.ask(method, "/films/nothing", {"Range": "bytes=9-"}).status == 404
    assert wire.ask("GET", "/films/nothing").error == (404, "file_missing")
