"""An empty place of each storage provider, for the contract suite.

Servers run once for each test process, and only when a test asks for them. Each place is
one that nobody else uses: a folder, a table that is emptied, a bucket.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from asgiref.sync import sync_to_async
from django.db import connections

from config.database import database_settings
from library.storage.base import Storage
from library.storage.database import DatabaseStorage
from library.storage.local import LocalStorage
from library.storage.models import Blob, BlobPart
from library.storage.options import DatabaseOptions, LocalOptions

BLOB_MAX_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a place is made on: a folder, and where its server is."""

    folder: Path
    server: str


@dataclass(frozen=True, slots=True)
class Place:
    """How to make a place, and the fixture that runs the server it needs, if any."""

    make: Callable[[Grounds], AbstractAsyncContextManager[Storage]]
    fixture: str = ""


@contextlib.asynccontextmanager
async def local(grounds: Grounds) -> AsyncIterator[Storage]:
    yield LocalStorage(LocalOptions(grounds.folder / "place"))


def in_database(alias: str) -> Place:
    @contextlib.asynccontextmanager
    async def place(grounds: Grounds) -> AsyncIterator[Storage]:
        with registered(alias, grounds.server):
            yield DatabaseStorage(DatabaseOptions(BLOB_MAX_BYTES), alias=alias)
            await sync_to_async(empty, thread_sensitive=False)(alias)

    return Place(place, f"{alias}_url")


@contextlib.contextmanager
def registered(alias: str, url: str) -> Iterator[None]:
    """Let Django know a database, but not for longer: pytest-django takes all it finds."""
    known = connections.configure_settings({"default": {}, alias: database_settings(url)})
    connections.databases[alias] = known[alias]
    try:
        yield
    finally:
        del connections.databases[alias]


def empty(alias: str) -> None:
    """Remove every blob, and give the connection back."""
    BlobPart.objects.using(alias).all().delete()
    Blob.objects.using(alias).all().delete()
    connections[alias].close()


PLACES: dict[str, Place] = {
    "local": Place(local),
    "sqlite": in_database("sqlite"),
    "postgresql": in_database("postgresql"),
}
