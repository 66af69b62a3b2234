"""The storage providers, by the name that a Source row stores.

The settings say which are set up (``settings.VIDEO_STORAGE_OPTIONS``) and which of them owners can
choose for new videos (``settings.VIDEO_STORAGES``, the default first).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from core.errors import Invalid
from library.storage.base import NotSetUp, Storage, StorageError
from library.storage.options import Options

if TYPE_CHECKING:
    from library.storage.remote import RemoteStorage

log = structlog.get_logger(__name__)

PROVIDERS = {
    "local": "library.storage.local.LocalStorage",
    "database": "library.storage.database.DatabaseStorage",
    "s3": "library.storage.objects.S3Storage",
    "gcs": "library.storage.objects.GcsStorage",
    "azure": "library.storage.objects.AzureStorage",
    "dropbox": "library.storage.dropbox.DropboxStorage",
    "gdrive": "library.storage.gdrive.DriveStorage",
    "remote": "library.storage.remote.RemoteStorage",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A storage as shown to owners."""

    name: str
    label: str
    default: bool
    kind: Literal["store", "link"]


def provider(name: str) -> Storage:
    """Return the provider called ``name``; raise NotSetUp."""
    if name not in PROVIDERS or name not in settings.VIDEO_STORAGE_OPTIONS:
        raise NotSetUp
    return _made(name)


def remote() -> "RemoteStorage":
    """Return the provider that reads links; raise NotSetUp."""
    return cast("RemoteStorage", provider("remote"))


def choices() -> list[Choice]:
    """Return the storages that owners can choose; the first that takes bytes is the default."""
    offered = [provider(name) for name in settings.VIDEO_STORAGES]
    default = default_name()
    return [Choice(each.name, each.label, each.name == default, each.kind) for each in offered]


def default_name() -> str:
    """Return the name of the default storage."""
    return next(name for name in settings.VIDEO_STORAGES if provider(name).kind == "store")


def chosen(name: str) -> Storage:
    """Return the storage an owner chose, the default for ""; raise Invalid if not allowed."""
    takers = [choice.name for choice in choices() if choice.kind == "store"]
    if name and name not in takers:
        raise Invalid(fields={"storage": f"must be one of: {', '.join(takers)}"})
    return provider(name or default_name())


async def sweep() -> None:
    """Remove what crashed uploads left, at every provider that answers."""
    for name in PROVIDERS.keys() & settings.VIDEO_STORAGE_OPTIONS:
        try:
            await provider(name).sweep()
        except StorageError:
            log.warning("a storage could not be swept", storage=name, exc_info=True)


async def close() -> None:
    """Close the connections of every provider."""
    for name in PROVIDERS.keys() & settings.VIDEO_STORAGE_OPTIONS:
        await provider(name).close()


def provider_class(name: str) -> type[Storage]:
    """Return the class of ``name``, which must be in PROVIDERS."""
    return cast("type[Storage]", import_string(PROVIDERS[name]))


@functools.cache
def _made(name: str) -> Storage:
    make: Callable[[Options], Storage] = provider_class(name)
    return make(settings.VIDEO_STORAGE_OPTIONS[name])
