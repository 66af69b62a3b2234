"""Videos on other servers: kept as a link, or copied here if their owner wants that."""

import contextlib
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from django.conf import settings

from accounts import budgets
from accounts.address import mark_of
from accounts.principal import Principal
from core.errors import Invalid
from core.limits import Limit
from core.links import find_link
from library.models import Upload, Video
from library.receive import pipeline, upload_rows
from library.receive.idempotency import link_digest
from library.receive.streams import examine_stream
from library.receive.titles import title_from
from library.schemas import LinkIn, only_where, why_unplayable
from library.storage import registry
from library.storage.base import (
    UNKNOWN_TIME,
    Readable,
    Stat,
    Storage,
    StorageError,
    StorageUnavailable,
)
from library.storage.remote import RemoteStorage
from library.storage.web import NoServer
from media.kinds import HEAD_BYTES, HLS, Kind, extension_of_link, name_in_link
from media.playability import problem_of, question_of
from media.probe import Facts

# A link takes no quota, but it takes a probe, and a row and a poster for ever.
LINKS = budgets.Budget(
    person=Limit("link", burst=60, per_minute=2),
    address=Limit("link-address", burst=120, per_minute=3),
    guests=Limit("link-guests", burst=1200, per_minute=20),
)
# Generic names of playlists; the title is then the name of the folder.
_NAMES_OF_NONE = {"index", "master", "main", "playlist", "manifest", "stream", "video"}


_DROPBOX = re.compile(r"(?:(?:www|m)\.)?dropbox\.com/(?:s|scl/fi)/.+")
# Pages about a file, by host and path, with the path of the file itself at that host.
_PAGES_OF_FILES = [
    (re.compile(page), path)
    for page, path in [
        (r"(?:www\.)?archive\.org/(?:details|embed|stream)/([^/]+/.+)", r"/download/\1"),
        (r"(?:www\.)?github\.com/([^/]+/[^/]+)/blob/(.+)", r"/\1/raw/\2"),
        (r"[^/]+/(.+/-)/blob/(.+)", r"/\1/raw/\2"),
        (
            r"(?:[a-z-]+\.){1,2}wiki[mp]edia\.org/wiki/(?:File|Datei):(.+)",
            r"/wiki/Special:Redirect/file/\1",
        ),
    ]
]


async def linked_video(*, owner: Principal, url: str) -> Video:
    """Return the owner's video of ``url``, made now unless they have it already.

    For links that are pasted to watch them: if their server allows it, browsers get the address
    itself. Raises as ``add_link`` does.
    """
    found = Video.objects.filter(
        owner_id=owner.user_id, source__storage=_remote().name, source__key=address_in(url)
    )
    if (video := await found.select_related("source").afirst()) is not None:
        # Of links nothing is made.
        where = only_where(video, is_made=False)
        if where is None and (problem := why_unplayable(video, is_made=False)):
            raise _unplayable(problem)
        return video
    return await add_link(owner=owner, link=LinkIn(url=url), to_watch=True)


async def add_link(
    *, owner: Principal, link: LinkIn, to_watch: bool = False, upload_id: UUID | None = None
) -> Video:
    """Make a video of ``link.url``.

    With ``to_watch`` browsers may get the address, and a file that no browser plays is refused,
    because links are not converted. Raises Invalid, naming ``url``, if it cannot be read or is not
    a video, TooLarge, StorageUnavailable, Busy and RateLimited.
    """
    await budgets.spend(LINKS, owner)
    target = registry.chosen(link.storage) if link.is_import else None
    remote = _remote()
    url = address_in(link.url)
    parts = urlsplit(url)
    if extension_of_link(parts.path, parts.query) == HLS.extension:
        if target:
            raise Invalid(fields={"url": "is an HLS stream, which cannot be copied here"})
        return await _keep_stream(remote, owner, link, url, to_watch=to_watch, upload_id=upload_id)
    if target:
        return await _import(remote, target, owner, link, url, upload_id=upload_id)
    return await _keep_link(remote, owner, link, url, to_watch=to_watch, upload_id=upload_id)


def _turn(owner: Principal) -> AbstractAsyncContextManager[None]:
    """Wait for a turn to contact another server for ``owner``; raise Busy."""
    return pipeline.LOOKING_FAR.turn(mark_of(owner.address) or str(owner.user_id))


async def _begin(
    owner: Principal,
    link: LinkIn,
    url: str,
    storage: Storage,
    size_bytes: int,
    upload_id: UUID | None,
) -> Upload:
    """Begin the upload into ``storage``; a link takes no space there."""
    upload = await upload_rows.begin(
        owner=owner,
        title=link.title or _title_from(url),
        storage=storage.name,
        size_bytes=size_bytes,
        at_least=size_bytes,
        resumable=False,
        upload_id=upload_id,
    )
    if upload_id is not None:
        upload.request_digest = link_digest(link)
    return upload


async def _import(
    remote: RemoteStorage,
    target: Storage,
    owner: Principal,
    link: LinkIn,
    url: str,
    *,
    upload_id: UUID | None,
) -> Video:
    async with _turn(owner):
        with _about_the_address():
            file = await remote.one_version(url)
            size_bytes = (await file.stat(url)).size_bytes
    upload = await _begin(owner, link, url, target, size_bytes, upload_id)
    async with pipeline.at_work(upload):
        return await _copy(upload, file, target, url, size_bytes)


async def _copy(
    upload: Upload, file: Readable, target: Storage, url: str, size_bytes: int
) -> Video:
    async with contextlib.aclosing(_chunks(file, url, size_bytes)) as chunks:
        with _about_the_file():
            stored, kind = await pipeline.store(upload, chunks)
    key = pipeline.original_key(upload)
    with _about_the_file():
        facts = await pipeline.probe_file(
            upload,
            pipeline.reader(target, key),
            stored.size_bytes,
            kind,
            is_near=target.is_near,
        )
    return await pipeline.finish(
        upload, title=upload.title, key=key, stat=stored, kind=kind, facts=facts
    )


async def _keep_link(
    remote: RemoteStorage,
    owner: Principal,
    link: LinkIn,
    url: str,
    *,
    to_watch: bool,
    upload_id: UUID | None,
) -> Video:
    async with _turn(owner):
        with _about_the_address(), _about_the_file():
            file = await remote.one_version(url)
            stat, read = await file.stat(url), pipeline.reader(file, url)
            kind = pipeline.check_kind(await read(0, min(HEAD_BYTES, stat.size_bytes)))
            is_open = to_watch and await remote.is_open(url, settings.PUBLIC_URL)
    upload = await _begin(owner, link, url, remote, 0, upload_id)
    async with pipeline.at_work(upload):
        with _about_the_address(), _about_the_file():
            # What is only linked is not converted, and people wait for it.
            facts = await pipeline.probe_file(
                upload,
                read,
                stat.size_bytes,
                kind,
                is_near=False,
                checks_seeking=False,
            )
        if to_watch:
            _check_playable(kind, facts)
        return await pipeline.finish(
            upload, title=upload.title, key=url, stat=stat, kind=kind, facts=facts, is_open=is_open
        )


async def _keep_stream(
    remote: RemoteStorage,
    owner: Principal,
    link: LinkIn,
    url: str,
    *,
    to_watch: bool,
    upload_id: UUID | None,
) -> Video:
    async with _turn(owner):
        with _about_the_address():
            stream = await examine_stream(remote, url, settings.PUBLIC_URL)
    if to_watch:
        _check_playable(HLS, stream.facts)
    upload_rows.check_duration(stream.facts)
    upload = await _begin(owner, link, url, remote, 0, upload_id)
    async with pipeline.at_work(upload):
        return await pipeline.finish(
            upload,
            title=upload.title,
            key=url,
            stat=Stat(0, "", UNKNOWN_TIME),
            kind=HLS,
            facts=stream.facts,
            is_open=to_watch and stream.is_open,
        )


async def _chunks(file: Readable, url: str, size_bytes: int) -> AsyncGenerator[bytes, None]:
    with _about_the_address():
        async with file.open(url, 0, size_bytes) as chunks:
            async for chunk in chunks:
                yield chunk


def _check_playable(kind: Kind, facts: Facts) -> None:
    played: dict[str, Any] = {
        "mime_type": kind.mime_type,
        "video_codec": facts.video_codec,
        "audio_codec": facts.audio_codec,
        "pixel_format": facts.pixel_format,
        "start_s": facts.start_s,
    }
    if (problem := problem_of(**played)) and question_of(**played) is None:
        raise _unplayable(problem)


def _unplayable(problem: str) -> Invalid:
    return Invalid(
        "No browser plays what is at this link. Upload the file, and it will be converted. "
        f"{problem}",
        fields={"url": "leads to what no browser plays"},
    )


def _remote() -> RemoteStorage:
    """Return the storage that reads links; raise Invalid if the operator does not allow links."""
    for choice in registry.choices():
        if choice.kind == "link":
            return registry.remote()
    raise Invalid(fields={"url": "cannot be added: this server takes no links"})


def _title_from(url: str) -> str:
    """Return a title from the address: the file name, or the folder of a stream."""
    path = urlsplit(url).path.rstrip("/")
    title = title_from(name_in_link(path))
    if title.lower() not in _NAMES_OF_NONE:
        return title
    folder = name_in_link(path.rpartition("/")[0])
    return title_from(folder) if folder else urlsplit(url).hostname or title


def address_in(text: str) -> str:
    """Return the address of the file in ``text``; pages about a file at some sites are replaced."""
    link = find_link(text)
    url = urlsplit(link)
    at = f"{url.hostname}{url.path}"
    for page, path in _PAGES_OF_FILES:
        if found := page.fullmatch(at):
            return url._replace(path=found.expand(path)).geturl()
    if not _DROPBOX.fullmatch(at):
        return link
    query = [(name, value) for name, value in parse_qsl(url.query) if name not in ("dl", "raw")]
    return url._replace(query=urlencode([*query, ("raw", "1")])).geturl()


@contextlib.contextmanager
def _about_the_address() -> Iterator[None]:
    """Turn failures that trying again cannot help into Invalid, naming ``url``."""
    try:
        yield
    except StorageError as error:
        # In a new link the name may be mistyped; for a link that worked before it is an outage.
        if isinstance(error, StorageUnavailable) and not isinstance(error, NoServer):
            raise
        why = "cannot be read: " + error.message
        raise Invalid(f"The link {why}", fields={"url": why}) from error


@contextlib.contextmanager
def _about_the_file() -> Iterator[None]:
    """Turn errors about the file into Invalid, naming ``url``."""
    try:
        yield
    except Invalid as error:
        if error.fields and "file" in error.fields:
            error.message = f"The file at this link {error.fields['file']}."
            error.fields = {"url": error.fields["file"]}
        raise
