"""The library adapter: what a room's members get to play one of our own videos."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.principal import UNBOUND, Principal
from core.errors import NotFound
from library import services, tokens
from library.models import Rendition, Source, Video
from library.playing import playback_of
from library.storage import registry
from playback.sources.base import Audience, CannotPlay, MediaType, SourceKey
from playback.sources.library import LibrarySource
from tests.library.rows import put_bytes

pytestmark = pytest.mark.django_db(transaction=True)


AUDIENCE = Audience(room="K7QF2XMD", member=uuid4(), now_s=1.0, grant=UNBOUND)


async def a_video(status: str = Video.Status.COMPLETED) -> Video:
    video = await Video.objects.acreate(
        owner=await User.objects.acreate(display_name="Ana", is_guest=True),
        title="A clip",
        status=status,
        size_bytes=1,
        mime_type="video/webm",
    )
    put_bytes(await Source.objects.acreate(video=video, storage="local", key="clip", etag='"1"'))
    return video


def key_of(video: Video) -> SourceKey:
    return SourceKey("library", MediaType.MOVIE, str(video.pk))


async def test_it_plays_from_our_stream_with_a_token_for_this_video_alone(
    settings: Settings,
) -> None:
    settings.MEDIA_TOKEN_TTL = timedelta(minutes=5)
    video = await a_video()

    playable = await LibrarySource().playable(key_of(video), AUDIENCE)

    link = urlsplit(playable.url)
    assert (link.netloc, link.path) == ("", f"/api/v1/videos/{video.pk}/stream")
    token = parse_qs(link.query)["token"][0]
    media_grant = tokens.read(token, video.pk)
    assert media_grant.member == tokens.RoomMember("K7QF2XMD", str(AUDIENCE.member), AUDIENCE.now_s)
    with pytest.raises(tokens.TokenInvalid):
        tokens.read(token, uuid4())
    assert (playable.kind, playable.mime_type) == ("file", "video/webm")
    assert playable.title == "A clip"
    assert playable.expires_at is not None
    lives = playable.expires_at - datetime.now(UTC)
    assert timedelta(minutes=4) < lives <= timedelta(minutes=5)


async def test_a_video_that_is_gone_is_not_found() -> None:
    video = await a_video()
    key = key_of(video)
    await video.adelete()
    with pytest.raises(NotFound):
        await LibrarySource().playable(key, AUDIENCE)


@pytest.mark.parametrize(
    "status", sorted(set(Video.Status) - {Video.Status.COMPLETED, Video.Status.FAILED})
)
async def test_a_video_that_is_not_ready_cannot_be_played_yet(status: str) -> None:
    with pytest.raises(CannotPlay, match="not ready"):
        await LibrarySource().playable(key_of(await a_video(status)), AUDIENCE)


async def test_a_video_at_a_storage_that_is_not_set_up_says_so_and_is_not_waited_for() -> None:
    video = await a_video()
    await Source.objects.filter(video=video).aupdate(storage="moon")
    with pytest.raises(CannotPlay) as refused:
        await LibrarySource().playable(key_of(video), AUDIENCE)
    assert (refused.value.code, refused.value.retriable) == ("storage_not_set_up", False)


@pytest.mark.parametrize(("left", "code"), [(None, "file_missing"), (b"", "file_incomplete")])
async def test_a_video_whose_bytes_are_gone_or_cut_says_which(
    left: bytes | None, code: str
) -> None:
    video = await a_video()
    path = registry.provider("local").path_of("clip")
    assert path is not None
    path.unlink() if left is None else path.write_bytes(left)
    with pytest.raises(CannotPlay) as refused:
        await LibrarySource().playable(key_of(video), AUDIENCE)
    assert (refused.value.code, refused.value.retriable) == (code, False)


async def test_what_was_made_of_a_film_plays_when_its_original_is_lost_and_the_other_way() -> None:
    video = await a_video()
    video.mime_type, video.version = "video/mp4", 1
    await video.asave()
    made = await Rendition.objects.acreate(
        video=video,
        version=1,
        name="film.mp4",
        kind=Rendition.Kind.MP4,
        mime_type="video/mp4",
        storage="local",
        key="made",
        size_bytes=1,
        is_published=True,
    )
    original, copy = (registry.provider("local").path_of(key) for key in ("clip", "made"))
    assert original is not None
    assert copy is not None
    playable = await LibrarySource().playable(key_of(video), AUDIENCE)
    assert "/stream?" in playable.url
    original.rename(copy)
    playable = await LibrarySource().playable(key_of(video), AUDIENCE)
    assert playable.url.endswith(made.name)
    owner = Principal(video.owner_id, "Ana", is_guest=True, via="session")
    stored = await Video.objects.select_related("source").aget(pk=video.pk)
    assert (await playback_of(stored, reader=owner)).playback_url.endswith(made.name)


async def test_an_original_that_begins_later_than_its_copies_is_not_offered_beside_them() -> None:
    video = await a_video()
    video.start_s = 0.4
    await video.asave()
    assert "/stream?" in (await LibrarySource().playable(key_of(video), AUDIENCE)).url
    video.version = 1
    await video.asave()
    made = Source(storage="local", key="sizes")
    put_bytes(made)
    await Rendition.objects.acreate(
        video=video,
        version=1,
        name="master1.m3u8",
        kind=Rendition.Kind.HLS,
        mime_type="application/vnd.apple.mpegurl",
        storage=made.storage,
        key=made.key,
        size_bytes=1,
        is_published=True,
    )
    playable = await LibrarySource().playable(key_of(video), AUDIENCE)
    assert (playable.kind, playable.renditions) == ("hls", ())


async def test_a_film_that_some_browsers_play_plays_there_until_a_copy_is_made() -> None:
    video = await a_video(Video.Status.QUEUED)
    video.mime_type, video.video_codec, video.audio_codec = "video/x-matroska", "h264", "aac"
    await video.asave()
    playable = await LibrarySource().playable(key_of(video), AUDIENCE)
    assert (playable.kind, playable.mime_type) == ("file", "video/x-matroska")
    assert playable.only_where is not None
    assert playable.only_where.code == "not_ready"
    assert "Firefox can. A copy for all browsers" in playable.only_where.message
    assert (await services.file_to_play(video)).key == "clip"
    video.status = Video.Status.COMPLETED
    await video.asave()
    playable = await LibrarySource().playable(key_of(video), AUDIENCE)
    assert playable.only_where is not None
    assert playable.only_where.code == "not_playable"


async def test_only_the_owner_may_put_a_video_on() -> None:
    video = await a_video()
    await LibrarySource().check_access(key_of(video), user_id=video.owner_id)
    with pytest.raises(NotFound):
        await LibrarySource().check_access(key_of(video), user_id=uuid4())
