"""Videos added by their address: kept as a link, or imported; from a real server here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from django.conf import settings as all_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.policy import GuestsMayNotUpload
from accounts.principal import Principal
from core.database import in_database
from core.errors import Invalid
from library import quotas
from library.audit import audit
from library.models import Source, Upload, Video
from library.playing import playback_of
from library.posters import read_poster
from library.receive.idempotency import AlreadyMade, KeyReused, answer_again, link_digest
from library.receive.links import add_link, address_in
from library.removals import remove
from library.schemas import LinkIn
from library.storage import registry
from library.storage.options import RemoteOptions
from library.storage.remote import RemoteStorage
from tests.accounts import people
from tests.library.site import TINY_MP4
from tests.library.storage.test_remote import status
from tests.support import films
from tests.support.films import make_film
from tests.support.loopback import LoopbackRules
from tests.support.raw_file import File
from tests.support.raw_server import Asked, raw_server


@pytest_asyncio.fixture
async def owner(
    transactional_db: None, live: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Principal]:
    """Somebody, at a server that may also fetch from this machine."""
    remote = RemoteStorage(RemoteOptions(all_settings.MAX_UPLOAD_BYTES), rules=LoopbackRules())
    provider = registry.provider
    monkeypatch.setattr(
        registry, "provider", lambda name: remote if name == "remote" else provider(name)
    )
    user = await people.guest()
    yield Principal(user.pk, user.display_name, user.is_guest, via="session")
    await remote.close()


def film(url: str, **more: Any) -> LinkIn:
    return LinkIn.model_validate({"url": f"{url}/films/My%20film.mp4?key=1", **more})


@in_database
def rows() -> tuple[int, int]:
    return Video.objects.count(), Upload.objects.count()


async def taken_bytes(owner: Principal) -> int:
    return await in_database(quotas.taken_bytes)(owner.user_id)


async def test_a_link_keeps_the_address_what_it_leads_to_and_a_picture(owner: Principal) -> None:
    async with raw_server(File(TINY_MP4)) as server:
        video = await add_link(owner=owner, link=film(server.url))
        source = await Source.objects.aget(video=video)
        assert (source.storage, source.key) == ("remote", film(server.url).url)
        assert (video.title, video.video_codec, video.width) == ("My film", "h264", 64)
        assert video.size_bytes == len(TINY_MP4)
        assert await taken_bytes(owner) == 0
        poster = await read_poster(video)
        assert poster is not None
        assert poster.startswith(b"\xff\xd8")
        playback = await playback_of(video, reader=owner)
        assert (playback.provider, playback.mode) == ("remote", "proxy_stream")
        assert server.url not in playback.model_dump_json()
        assert not await audit(remove=False)
        await remove(await Video.objects.select_related("source").aget(pk=video.pk))
    assert await rows() == (0, 0)
    assert not await audit(remove=False)


@pytest.mark.parametrize("to_watch", [True, False])
async def test_a_link_is_not_read_for_what_only_converting_needs(
    owner: Principal, to_watch: bool
) -> None:
    content = make_film(films.OPEN_GOP_MP4).read_bytes()
    async with raw_server(File(content)) as server:
        video = await add_link(owner=owner, link=film(server.url), to_watch=to_watch)
    assert not video.is_open_gop


async def test_a_guest_who_may_not_upload_keeps_links_and_imports_nothing(
    owner: Principal, settings: Any
) -> None:
    settings.GUESTS = "watch"
    async with raw_server(File(TINY_MP4)) as server:
        video = await add_link(owner=owner, link=film(server.url))
        with pytest.raises(GuestsMayNotUpload):
            await add_link(owner=owner, link=film(server.url, **{"import": True}))
    assert await rows() == (1, 0)
    await remove(await Video.objects.select_related("source").aget(pk=video.pk))


async def test_an_import_copies_the_bytes_and_then_needs_the_address_no_more(
    owner: Principal,
) -> None:
    async with raw_server(File(TINY_MP4)) as server:
        link = film(server.url, **{"import": True, "title": "Mine", "storage": "local"})
        video = await add_link(owner=owner, link=link)
    source = await Source.objects.aget(video=video)
    assert (source.storage, source.key) == ("local", f"{video.pk}/original")
    async with registry.provider("local").open(source.key, 0, video.size_bytes) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == TINY_MP4
    assert video.title == "Mine"
    assert await taken_bytes(owner) == len(TINY_MP4)
    await remove(await Video.objects.select_related("source").aget(pk=video.pk))


async def test_a_request_that_hung_takes_nothing_of_the_video_that_its_repetition_made(
    owner: Principal,
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    def late_at_first(request: Asked, number: int) -> bytes | AsyncIterator[bytes]:
        async def late() -> AsyncIterator[bytes]:
            asked.set()
            await go_on.wait()
            yield file.answer(request)

        return late() if number == 1 else b"as it is"

    file = File(TINY_MP4, spoil=late_at_first)
    upload_id = uuid4()
    async with raw_server(file) as server:
        link = film(server.url, **{"import": True, "storage": "local"})
        first = asyncio.create_task(add_link(owner=owner, link=link, upload_id=upload_id))
        await asked.wait()
        # From elsewhere, for at one address a link waits until the one before was answered.
        moved = replace(owner, address="198.51.100.7")
        video = await add_link(owner=moved, link=link, upload_id=upload_id)
        go_on.set()
        with pytest.raises(AlreadyMade) as made:
            await first
    assert await answer_again(made.value.video_id, link_digest(link)) == video
    with pytest.raises(KeyReused):
        await answer_again(video.pk, link_digest(film(server.url, **{"import": True})))
    assert await rows() == (1, 0)
    assert not await audit(remove=False)
    await remove(await Video.objects.select_related("source").aget(pk=video.pk))


@pytest.mark.parametrize("is_import", [False, True])
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (File(b"no video " * 1000), "must be a video"),
        (File(TINY_MP4[:40].ljust(900, b"\0")), "is damaged, or not a video"),
        (status("404 Not Found"), "cannot be read: File not found"),
        (status("403 Forbidden"), "cannot be read: The file's server does not let us have it."),
        (File(TINY_MP4, ranges=False), "cannot send parts of it"),
    ],
    ids=["no video", "broken", "missing", "forbidden", "no ranges"],
)
async def test_what_cannot_be_had_is_the_addresss_fault_and_leaves_nothing(
    owner: Principal, answer: Any, why: str, is_import: bool
) -> None:
    async with raw_server(answer) as server:
        with pytest.raises(Invalid) as refused:
            await add_link(owner=owner, link=film(server.url, **{"import": is_import}))
    assert refused.value.fields is not None
    assert why in refused.value.fields["url"]
    assert await rows() == (0, 0)
    assert not await audit(remove=False)


@pytest.mark.usefixtures("transactional_db", "live")
@pytest.mark.parametrize("host", ["films..example", f"{'x' * 70}.example"])
async def test_a_name_that_no_server_has_is_the_addresss_fault(host: str) -> None:
    user = await people.guest()
    owner = Principal(user.pk, user.display_name, user.is_guest, via="session")
    with pytest.raises(Invalid, match="There is no server of this name"):
        await add_link(owner=owner, link=film(f"https://{host}"))
    await registry.close()


@pytest.mark.usefixtures("transactional_db", "live")
async def test_an_address_inside_our_own_network_is_refused() -> None:
    user = await people.guest()
    owner = Principal(user.pk, user.display_name, user.is_guest, via="session")
    async with raw_server(File(TINY_MP4)) as server:
        with pytest.raises(Invalid) as refused:
            await add_link(owner=owner, link=film(server.url))
        assert not server.asked
    assert "url" in (refused.value.fields or {})
    await registry.close()


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://example.org/film.mp4?dl=0", "https://example.org/film.mp4?dl=0"),
        (
            "Watch https://www.dropbox.com/s/abc/film.mp4?dl=0!",
            "https://www.dropbox.com/s/abc/film.mp4?raw=1",
        ),
        ("dropbox.com/s/abc/film.mp4", "https://dropbox.com/s/abc/film.mp4?raw=1"),
        ("https://m.dropbox.com/s/abc/film.mp4", "https://m.dropbox.com/s/abc/film.mp4?raw=1"),
        (
            "https://www.dropbox.com/scl/fi/abc/film.mp4?rlkey=x&st=y&dl=1",
            "https://www.dropbox.com/scl/fi/abc/film.mp4?rlkey=x&st=y&raw=1",
        ),
        ("m\u00fcller.example/film.mp4", "https://m\u00fcller.example/film.mp4"),
        (
            "https://archive.org/details/Film_124/Content/film%20720p.mp4?start=3",
            "https://archive.org/download/Film_124/Content/film%20720p.mp4?start=3",
        ),
        ("https://archive.org/download/F/f.mp4", "https://archive.org/download/F/f.mp4"),
        ("https://github.com/a/b/blob/main/f.mp4", "https://github.com/a/b/raw/main/f.mp4"),
        (
            "https://git.example/g/a/-/blob/main/x/f.mp4",
            "https://git.example/g/a/-/raw/main/x/f.mp4",
        ),
        (
            "https://commons.wikimedia.org/wiki/File:Film_4K.webm",
            "https://commons.wikimedia.org/wiki/Special:Redirect/file/Film_4K.webm",
        ),
        (
            "https://de.wikipedia.org/wiki/Datei:Film.webm",
            "https://de.wikipedia.org/wiki/Special:Redirect/file/Film.webm",
        ),
    ],
)
def test_a_link_to_a_page_about_a_file_is_kept_as_that_of_the_file(link: str, address: str) -> None:
    assert address_in(link) == address


@given(st.text(alphabet="a.:/[]@#?\uff0f\u2100\\", max_size=20))
def test_whatever_stands_for_a_host_the_link_is_kept_or_refused(host: str) -> None:
    with contextlib.suppress(Invalid):
        assert address_in(f"https://{host}/d.mp4")
