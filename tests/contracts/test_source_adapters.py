"""The contract of playback adapters, run against each configured one and a foreign one.

The foreign one stands for a DRM player: it is declared here alone and comes in through the
setting of dotted paths, which proves that a new provider needs no other change.
"""

import re
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit
from uuid import UUID, uuid4

import pytest
from django.test import AsyncClient
from pydantic import ValidationError
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.principal import UNBOUND
from config.environment import DEFAULT_SOURCES
from config.web import content_security_policy
from core.errors import Invalid, NotFound
from library.models import Source, Video
from playback.sources import registry
from playback.sources.base import (
    Audience,
    Capabilities,
    MediaType,
    Playable,
    PlaybackSource,
    SourceAdapter,
    SourceKey,
)
from rooms.models import Room
from tests.library.rows import put_bytes

pytestmark = pytest.mark.django_db(transaction=True)

VIDEO_ID = UUID("6f2b1d9e-0a53-4c4e-9d3f-2f3a1f0c7e11")


class DrmSource(SourceAdapter):
    """A player that nothing else in the project has heard of."""

    provider: ClassVar = "drm_box"
    title: ClassVar = "DRM Box"
    media_types: ClassVar = frozenset({MediaType.TV})
    external_id_pattern: ClassVar = re.compile(r"[a-z]{3}\.[0-9]{4}")
    supports_events: ClassVar = True
    supports_progress: ClassVar = False
    capabilities: ClassVar = Capabilities(seek=False, pause=True, resume=True, autoplay=False)

    def match(self, url: SplitResult) -> SourceKey | None:
        found = re.fullmatch(r"/watch/([a-z]{3}\.[0-9]{4})/([0-9]+)-([0-9]+)", url.path)
        if url.hostname != "box.example" or found is None:
            return None
        return SourceKey(self.provider, MediaType.TV, found[1], int(found[2]), int(found[3]))

    def frame_origins(self) -> frozenset[str]:
        return frozenset({"https://box.example"})

    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        work = f"{key.external_id}/{key.season}-{key.episode}"
        return Playable(kind="iframe", url=f"https://box.example/watch/{work}")


@dataclass(frozen=True)
class Example:
    """What the suite must know of an adapter: works of it, and what is none."""

    path: str
    works: dict[str, SourceKey]
    kind: str
    not_ids: list[str] = field(default_factory=list)


def movie(provider: str, external_id: str) -> SourceKey:
    return SourceKey(provider, MediaType.MOVIE, external_id)


AUDIENCE = Audience(room="K7QF2XMD", member=UUID(int=1), now_s=1.0, grant=UNBOUND)
EXAMPLES = [
    Example(
        "playback.sources.library.LibrarySource",
        {f"http://localhost:8000/videos/{VIDEO_ID}": movie("library", str(VIDEO_ID))},
        kind="file",
        not_ids=["1", str(VIDEO_ID).upper(), VIDEO_ID.hex, f"{VIDEO_ID}x"],
    ),
    Example(
        "playback.sources.youtube.YouTubeSource",
        {
            "https://youtu.be/dQw4w9WgXcQ": movie("youtube", "dQw4w9WgXcQ"),
            "https://youtu.be/-_-_-_-_-_-": movie("youtube", "-_-_-_-_-_-"),
        },
        kind="iframe",
        not_ids=["dQw4w9WgXc", "dQw4w9WgXcQQ", "dQw4w9W.XcQ", "videoseries", "live_stream"],
    ),
    Example(
        "playback.sources.vimeo.VimeoSource",
        {
            "https://vimeo.com/76979871": movie("vimeo", "76979871"),
            "https://vimeo.com/76979871/8272103f6e": movie("vimeo", "76979871:8272103f6e"),
        },
        kind="iframe",
        not_ids=["abc", "0123", "76979871:", ":8272103f6e", "76979871:XYZ", "1:2:3"],
    ),
    Example(
        "playback.sources.vidking.VidkingSource",
        {
            "https://www.vidking.net/embed/movie/550": movie("vidking", "550"),
            "https://www.vidking.net/embed/tv/1396/5/16": SourceKey(
                "vidking", MediaType.TV, "1396", 5, 16
            ),
        },
        kind="iframe",
        not_ids=["tt0137523", "0", "-1", "1.5", "12345678901"],
    ),
    Example(
        f"{__name__}.DrmSource",
        {
            "https://box.example/watch/abc.1234/2-7": SourceKey(
                "drm_box", MediaType.TV, "abc.1234", 2, 7
            )
        },
        kind="iframe",
        not_ids=["abc", "ABC.1234"],
    ),
]
# What no provider may take for an identifier: it would end up in an address.
HOSTILE_IDS = [
    *("", " ", "..", "../admin", "a/b", "a?b=c", "a#b", "a&b", "a%2fb", "a b", "a\nb", "a\x00b"),
    *("javascript:alert(1)", "https://evil.example/x", "//evil.example", '"><script>', "x" * 129),
    *("\u0661\u0662\u0663", "dQw4w9WgXcQ\n", "76979871\n", "550\n"),
]


@pytest.fixture(params=EXAMPLES, ids=lambda example: example.path.rpartition(".")[2])
def example(request: pytest.FixtureRequest, settings: Settings) -> Example:
    chosen: Example = request.param
    settings.PLAYBACK_SOURCES = [entry.path for entry in EXAMPLES]
    return chosen


@pytest.fixture
def adapter(example: Example) -> SourceAdapter:
    return registry.get(next(iter(example.works.values())).provider)


async def put_in_library(owner: User) -> None:
    video = await Video.objects.acreate(
        id=VIDEO_ID,
        owner=owner,
        title="A clip",
        status=Video.Status.COMPLETED,
        size_bytes=1,
        mime_type="video/mp4",
    )
    put_bytes(await Source.objects.acreate(video=video, storage="local", key="film", etag='"1"'))


def test_every_default_adapter_is_an_example_here() -> None:
    assert [entry.path for entry in EXAMPLES[:-1]] == DEFAULT_SOURCES


def test_a_link_names_a_valid_work(example: Example, adapter: SourceAdapter) -> None:
    for url, key in example.works.items():
        source = registry.resolve(url).source
        assert SourceKey.of(source) == key
        assert adapter.validate(key) == {}
        assert source == adapter.describe(key) == registry.describe(key)


def test_a_source_survives_json_and_is_adopted_unchanged(example: Example) -> None:
    for url in example.works:
        source = registry.resolve(url).source
        again = PlaybackSource.model_validate_json(source.model_dump_json())
        assert registry.adopt(again) == source
        assert PlaybackSource.model_validate(source.model_dump(mode="json")) == source


def test_a_source_cannot_be_changed_and_takes_no_further_field(example: Example) -> None:
    source = registry.resolve(next(iter(example.works))).source
    with pytest.raises(ValidationError):
        source.external_id = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        source.capabilities.seek = False  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        SourceKey.of(source).external_id = "other"  # type: ignore[misc]
    for extra in ("url", "embed_url", "color", "autoPlay", "progress"):
        with pytest.raises(ValidationError):
            PlaybackSource.model_validate({**source.model_dump(mode="json"), extra: "x"})


def test_a_source_holds_no_address(example: Example) -> None:
    for url in example.works:
        for value in registry.resolve(url).source.model_dump(mode="json").values():
            assert "//" not in str(value)
            assert "?" not in str(value)


def test_the_flags_are_the_adapters_and_the_same_for_every_work(
    example: Example, adapter: SourceAdapter
) -> None:
    said = (adapter.supports_events, adapter.supports_progress, adapter.capabilities)
    for url in example.works:
        source = registry.resolve(url).source
        assert (source.supports_events, source.supports_progress, source.capabilities) == said


def test_a_key_survives_the_five_columns_of_a_room(example: Example) -> None:
    host = User.objects.create(display_name="Ana", is_guest=True)
    for key in example.works.values():
        room = Room(name="Ours", host=host, capacity=2)
        room.set_source_key(key)
        room.save()
        assert Room.objects.get(pk=room.pk).source_key == key
        room.delete()


async def test_a_work_can_be_played_and_its_address_carries_no_preference(
    example: Example,
) -> None:
    owner = await User.objects.acreate(display_name="Ana", is_guest=True)
    await put_in_library(owner)
    for url, key in example.works.items():
        source = registry.resolve(url).source
        await registry.check_access(source, user_id=owner.pk)
        playable = await registry.playable(source, AUDIENCE)
        assert playable.kind == example.kind
        assert key.external_id.partition(":")[0] in playable.url
        assert not re.search("color|auto_?play|nextEpisode|episodeSelector|progress", playable.url)


async def test_our_page_lets_its_frame_play(example: Example) -> None:
    allowed = re.search("frame-src ([^;]*)", content_security_policy("localhost"))
    assert allowed is not None
    for url in example.works if example.kind == "iframe" else ():
        link = urlsplit((await registry.playable(registry.resolve(url).source, AUDIENCE)).url)
        assert f"{link.scheme}://{link.netloc}" in allowed[1].split()


async def test_an_iframe_is_found_again_from_its_own_address(example: Example) -> None:
    for url in example.works if example.kind == "iframe" else ():
        source = registry.resolve(url).source
        assert registry.resolve((await registry.playable(source, AUDIENCE)).url).source == source


def test_what_is_no_identifier_of_the_provider_is_refused(
    example: Example, adapter: SourceAdapter
) -> None:
    key = next(iter(example.works.values()))
    for bad in [*example.not_ids, *HOSTILE_IDS]:
        assert list(adapter.validate(replace(key, external_id=bad))) == ["external_id"]
        with pytest.raises(Invalid):
            registry.describe(replace(key, external_id=bad))


def test_a_media_type_that_the_provider_lacks_is_refused(
    example: Example, adapter: SourceAdapter
) -> None:
    key = next(iter(example.works.values()))
    for media_type in set(MediaType) - adapter.media_types:
        assert list(adapter.validate(replace(key, media_type=media_type))) == ["media_type"]


def test_it_claims_no_link_of_another(example: Example, adapter: SourceAdapter) -> None:
    for other in EXAMPLES:
        for url, key in other.works.items():
            if key.provider != adapter.provider:
                assert registry.resolve(url).source.provider != adapter.provider


async def test_a_stranger_may_play_public_works_only(example: Example) -> None:
    source = registry.resolve(next(iter(example.works))).source
    if source.provider == "library":
        with pytest.raises(NotFound):
            await registry.check_access(source, user_id=uuid4())
    else:
        await registry.check_access(source, user_id=uuid4())


async def test_the_rest_interface_offers_and_resolves_it(
    example: Example, adapter: SourceAdapter, live: None
) -> None:
    client = AsyncClient()
    guest = await client.post(
        "/api/v1/auth/guest", {"display_name": "Ana"}, content_type="application/json"
    )
    owner = await User.objects.aget(pk=guest.json()["user"]["id"])
    await put_in_library(owner)

    offered = (await client.get("/api/v1/playback/providers")).json()["providers"]
    assert adapter.title in [entry["title"] for entry in offered]
    for url in example.works:
        answer = await client.post(
            "/api/v1/playback/resolve", {"url": url}, content_type="application/json"
        )
        told = {**registry.resolve(url).source.model_dump(mode="json"), "start_s": None}
        assert answer.json() == told
