"""Which of one's videos are told to be out of reach: those of which nothing can be played."""

from typing import Any

import pytest
import pytest_asyncio
from django.test import AsyncClient

from accounts.models import User
from library.models import Rendition, Source, Video
from library.storage import registry
from tests.library.rows import put_bytes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


@pytest_asyncio.fixture
async def ana() -> AsyncClient:
    client = AsyncClient()
    reply = await client.post(
        "/api/v1/auth/guest", {"display_name": "Ana"}, content_type="application/json"
    )
    assert reply.status_code == 201
    return client


async def a_film(owner: AsyncClient, *, codec: str = "h264", made: tuple[str, ...] = ()) -> Video:
    """Return a film of ``owner``, of which these files were made, by their names."""
    video = await Video.objects.acreate(
        owner=await User.objects.aget(display_name="Ana"),
        title="A film",
        status=Video.Status.COMPLETED,
        size_bytes=1,
        mime_type="video/mp4",
        video_codec=codec,
        pixel_format="yuv420p",
        version=1 if made else 0,
    )
    put_bytes(await Source.objects.acreate(video=video, storage="local", key=f"{video.pk}/came"))
    for name in made:
        is_file = name.endswith(".mp4")
        row = await Rendition.objects.acreate(
            video=video,
            version=1,
            name=name,
            kind=Rendition.Kind.MP4 if is_file else Rendition.Kind.HLS,
            mime_type="video/mp4" if is_file else "application/vnd.apple.mpegurl",
            storage="local",
            key=f"{video.pk}/{name}",
            size_bytes=1,
            is_published=True,
        )
        put_bytes(Source(storage=row.storage, key=row.key))
    return video


def lose(video: Video, name: str) -> None:
    path = registry.provider("local").path_of(f"{video.pk}/{name}")
    assert path is not None
    path.unlink()


async def reported(owner: AsyncClient, video: Video) -> list[tuple[bool, str | None]]:
    """Return what list and page tell of ``video``: whether it is playable, and the problem."""
    one = (await owner.get(f"/api/v1/videos/{video.pk}")).json()
    [listed] = (await owner.get("/api/v1/videos")).json()["videos"]
    return [(each["playable"], each["problem_code"]) for each in (listed, one)]


async def kinds(owner: AsyncClient, video: Video) -> list[tuple[str, bool]]:
    """Return the ways to play ``video`` that its page gets, and which is the default."""
    shown: dict[str, Any] = (await owner.get(f"/api/v1/videos/{video.pk}")).json()
    return [(way["kind"], way["default"]) for way in shown["renditions"]]


async def test_a_film_whose_original_is_lost_is_playable_while_its_copy_is_there(
    ana: AsyncClient,
) -> None:
    video = await a_film(ana, made=("film.mp4", "master1.m3u8"))
    lose(video, "came")
    assert await reported(ana, video) == [(True, None)] * 2
    assert await kinds(ana, video) == [("mp4", False), ("hls", True)]
    lose(video, "master1.m3u8")
    assert await reported(ana, video) == [(True, None)] * 2
    assert await kinds(ana, video) == [("mp4", True)]
    lose(video, "film.mp4")
    assert await reported(ana, video) == [(False, "file_missing")] * 2
    assert await kinds(ana, video) == []


async def test_a_film_that_no_browser_plays_is_not_playable_when_its_copy_is_lost(
    ana: AsyncClient,
) -> None:
    video = await a_film(ana, codec="mpeg4", made=("film.mp4",))
    assert await reported(ana, video) == [(True, None)] * 2
    lose(video, "film.mp4")
    assert await reported(ana, video) == [(False, "file_missing")] * 2


async def test_a_film_that_was_never_made_is_lost_with_its_original(ana: AsyncClient) -> None:
    video = await a_film(ana, codec="mpeg4")
    lose(video, "came")
    assert await reported(ana, video) == [(False, "file_missing")] * 2
