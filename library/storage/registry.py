"""Which storage providers there are, by the name that a Source row keeps."""

import functools

from django.utils.module_loading import import_string

from library.storage.base import Storage

PROVIDERS = {"local": "library.storage.local.LocalStorage"}
# Where uploads go.
DEFAULT = "local"


@functools.cache
def provider(name: str) -> Storage:
    """Return the one provider called ``name``; KeyError when there is none."""
    storage = import_string(PROVIDERS[name])()
    assert isinstance(storage, Storage)  # noqa: S101 - PROVIDERS is ours
    return storage


async def sweep() -> None:
    """Remove what uploads interrupted by a crash left, at every provider."""
    for name in PROVIDERS:
        await provider(name).sweep()
