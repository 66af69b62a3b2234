"""Videos that are elsewhere: kept as a link, or copied here once, as their owner says."""

import contextlib
from collections.abc import AsyncGenerator, Iterator
from urllib.parse import unquote, urlsplit

from accounts.principal import Principal
from core.errors import Invalid
from core.links import find_link
from library.models import Upload, Video
from library.receive import pipeline, upload_rows
from library.receive.titles import title_from
from library.schemas import LinkIn
from library.storage import registry
from library.storage.base import Stat, Storage, StorageError, StorageUnavailable
from media.kinds import HEAD_BYTES


async def add_link(*, owner: Principal, link: LinkIn) -> Video:
    """Make a video of what is at ``link.url``.

    Raises Invalid naming ``url`` for what cannot be read there or is no video, TooLarge, and
    StorageUnavailable.
    """
    target = registry.chosen(link.storage) if link.is_import else None
    remote = _remote()
    url = find_link(link.url)
    with _about_the_address():
        stat = await remote.stat(url)
    upload = await upload_rows.begin(
        owner=owner,
        title=link.title or _title_from(url),
        storage=(target or remote).name,
        # A link takes no room here.
        size_bytes=stat.size_bytes if target else 0,
        at_least=stat.size_bytes if target else 0,
        resumable=False,
    )
    async with pipeline.at_work(upload):
        if target:
            return await _import(upload, remote, target, url, stat)
        return await _keep_link(upload, remote, url, stat)


async def _import(upload: Upload, remote: Storage, target: Storage, url: str, stat: Stat) -> Video:
    async with contextlib.aclosing(_chunks(remote, url, stat.size_bytes)) as chunks:
        with _about_the_file():
            stored, kind = await pipeline.store(upload, chunks)
    key = pipeline.original_key(upload)
    with _about_the_file():
        facts = await pipeline.look_into(
            upload, pipeline.reader(target, key), stored.size_bytes, kind
        )
    return await pipeline.finish(
        upload, title=upload.title, key=key, stat=stored, kind=kind, facts=facts
    )


async def _keep_link(upload: Upload, remote: Storage, url: str, stat: Stat) -> Video:
    read = pipeline.reader(remote, url)
    with _about_the_address(), _about_the_file():
        kind = pipeline.check_kind(await read(0, min(HEAD_BYTES, stat.size_bytes)))
        facts = await pipeline.look_into(upload, read, stat.size_bytes, kind)
    return await pipeline.finish(
        upload, title=upload.title, key=url, stat=stat, kind=kind, facts=facts
    )


async def _chunks(remote: Storage, url: str, size_bytes: int) -> AsyncGenerator[bytes, None]:
    with _about_the_address():
        async with remote.open(url, 0, size_bytes) as chunks:
            async for chunk in chunks:
                yield chunk


def _remote() -> Storage:
    """Return the storage that reads links; raise Invalid where the operator offers none."""
    for choice in registry.choices():
        if choice.kind == "link":
            return registry.provider(choice.name)
    raise Invalid(fields={"url": "cannot be added: this server takes no links"})


def _title_from(url: str) -> str:
    return title_from(unquote(urlsplit(url).path))


@contextlib.contextmanager
def _about_the_address() -> Iterator[None]:
    """Turn what will not get better by trying again into a fault of the address."""
    try:
        yield
    except StorageUnavailable:
        raise
    except StorageError as error:
        raise Invalid(fields={"url": "cannot be read: " + error.message}) from error


@contextlib.contextmanager
def _about_the_file() -> Iterator[None]:
    """Name the field by which the file was given."""
    try:
        yield
    except Invalid as error:
        if error.fields and "file" in error.fields:
            error.fields = {"url": error.fields["file"]}
        raise
