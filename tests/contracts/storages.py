"""An empty storage of each provider, for the contract suite.

Servers run once for each test process, and only when a test asks for them. Each storage is
one that nobody else uses: a folder, a table that is emptied, a bucket.
"""

import asyncio
import contextlib
import functools
import json
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from asgiref.sync import sync_to_async
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connections
from pydantic import SecretStr

from config.database import database_settings
from library.storage.base import Storage
from library.storage.database import DatabaseStorage
from library.storage.dropbox import DropboxStorage
from library.storage.dropbox import Hosts as DropboxHosts
from library.storage.gdrive import DriveStorage
from library.storage.gdrive import Hosts as DriveHosts
from library.storage.local import LocalStorage
from library.storage.models import Blob, BlobPart
from library.storage.objects import AzureStorage, GcsStorage, S3Storage
from library.storage.options import (
    Account,
    AzureOptions,
    DatabaseOptions,
    DriveOptions,
    DropboxOptions,
    GcsOptions,
    LocalOptions,
    S3Options,
)
from tests.contracts.clouds import SECRETS, Drive, Dropbox
from tests.contracts.xml_api import BUCKET, GoogleStorage
from tests.support import azurite
from tests.support.raw_server import raw_server

BLOB_MAX_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a storage is made on: a folder, and where its server is."""

    folder: Path
    server: str


@dataclass(frozen=True, slots=True)
class StorageMaker:
    """How to make an empty storage, and the fixture that runs the server it needs, if any."""

    make: Callable[[Grounds], AbstractAsyncContextManager[Storage]]
    fixture: str = ""


@contextlib.asynccontextmanager
async def local(grounds: Grounds) -> AsyncIterator[Storage]:
    yield LocalStorage(LocalOptions(grounds.folder / "storage"))


def in_database(alias: str) -> StorageMaker:
    @contextlib.asynccontextmanager
    async def make(grounds: Grounds) -> AsyncIterator[Storage]:
        with registered(alias, grounds.server):
            yield DatabaseStorage(DatabaseOptions(BLOB_MAX_BYTES), alias=alias)
            await sync_to_async(empty, thread_sensitive=False)(alias)

    return StorageMaker(make, f"{alias}_url")


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


@contextlib.asynccontextmanager
async def s3(grounds: Grounds) -> AsyncIterator[Storage]:
    bucket = f"films-{uuid.uuid4().hex}"
    request = urllib.request.Request(f"{grounds.server}/{bucket}", method="PUT")
    with await asyncio.to_thread(urllib.request.urlopen, request):
        pass
    yield S3Storage(s3_options(grounds.server, bucket))


def s3_options(endpoint: str, bucket: str) -> S3Options:
    return S3Options(
        bucket=bucket,
        prefix="our/folder",
        region="us-east-1",
        endpoint=endpoint,
        access_key_id="our-key",
        secret_access_key=SecretStr("our-secret"),
    )


@contextlib.asynccontextmanager
async def gcs(grounds: Grounds) -> AsyncIterator[Storage]:
    async with raw_server(GoogleStorage()) as server:
        yield gcs_at(server.url)


def gcs_at(endpoint: str) -> GcsStorage:
    account = SecretStr(json.dumps(google_account()))
    return GcsStorage(GcsOptions(BUCKET, "our/folder", account, endpoint))


@functools.cache
def google_account() -> dict[str, str]:
    """Return a key such as Google gives, of nobody."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"client_email": "us@example.org", "private_key": text, "private_key_id": "1"}
    return {"type": "service_account", **account}


@contextlib.asynccontextmanager
async def azure(grounds: Grounds) -> AsyncIterator[Storage]:
    yield AzureStorage(azure_options(grounds.server, prefix=uuid.uuid4().hex))


def azure_options(endpoint: str, prefix: str) -> AzureOptions:
    return AzureOptions(
        account=azurite.ACCOUNT,
        container=azurite.CONTAINER,
        prefix=prefix,
        account_key=SecretStr(azurite.KEY),
        endpoint=endpoint,
    )


def account() -> Account:
    """Return what both clouds know us by."""
    return Account(
        client_id=SECRETS["client_id"],
        client_secret=SecretStr(SECRETS["client_secret"]),
        refresh_token=SecretStr(SECRETS["refresh_token"]),
    )


@contextlib.asynccontextmanager
async def dropbox(grounds: Grounds) -> AsyncIterator[Storage]:
    async with dropbox_at(Dropbox()) as storage:
        yield storage


@contextlib.asynccontextmanager
async def dropbox_at(cloud: Dropbox) -> AsyncIterator[DropboxStorage]:
    async with raw_server(cloud) as server:
        options = DropboxOptions(account(), folder="/our/folder")
        storage = DropboxStorage(options, hosts=DropboxHosts(server.url, server.url))
        yield storage
        await storage.close()


@contextlib.asynccontextmanager
async def gdrive(grounds: Grounds) -> AsyncIterator[Storage]:
    async with gdrive_at(Drive()) as storage:
        yield storage


@contextlib.asynccontextmanager
async def gdrive_at(cloud: Drive) -> AsyncIterator[DriveStorage]:
    async with raw_server(cloud) as server:
        cloud.url = server.url
        options = DriveOptions(account(), folder_id="our-folder")
        storage = DriveStorage(options, hosts=DriveHosts(server.url, server.url))
        yield storage
        await storage.close()


MAKERS: dict[str, StorageMaker] = {
    "local": StorageMaker(local),
    "sqlite": in_database("sqlite"),
    "s3": StorageMaker(s3, "s3_url"),
    "gcs": StorageMaker(gcs),
    "azure": StorageMaker(azure, "azure_url"),
    "dropbox": StorageMaker(dropbox),
    "gdrive": StorageMaker(gdrive),
    "postgresql": in_database("postgresql"),
}
