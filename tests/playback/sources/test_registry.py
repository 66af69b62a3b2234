"""The registry: which adapter a link, a stored key or a client's source belongs to."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from core.errors import Invalid
from core.link_ends import MAX_URL_CHARACTERS
from playback.sources import registry
from playback.sources.base import (
    Capabilities,
    MediaType,
    PlaybackSource,
    SourceKey,
)

LINKS = json.loads((Path(__file__).parents[2] / "vectors" / "links.json").read_text())
YOUTUBE = SourceKey("youtube", MediaType.MOVIE, "dQw4w9WgXcQ")


def refused(url: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        registry.resolve(url)
    assert caught.value.fields is not None
    assert list(caught.value.fields) == ["url"]
    return caught.value


@pytest.mark.parametrize(("url", "key"), LINKS["plays"])
def test_a_pasted_link_plays_what_it_names(url: str, key: list[Any]) -> None:
    provider, media_type, *rest = key
    assert SourceKey.of(registry.resolve(url).source) == SourceKey(
        provider, MediaType(media_type), *rest
    )


@pytest.mark.parametrize(("url", "start_s"), LINKS["starts"])
def test_a_link_says_where_to_begin(url: str, start_s: float | None) -> None:
    assert registry.resolve(url).start_s == start_s


@pytest.mark.parametrize(("url", "words"), LINKS["named"])
def test_what_else_there_is_at_a_known_site_is_named(url: str, words: str) -> None:
    error = refused(url)
    assert error.code == "unresolvable"
    assert words in error.message


@pytest.mark.parametrize("url", LINKS["unknown"])
def test_a_link_of_no_provider_is_refused_naming_those_that_were_tried(url: str) -> None:
    error = refused(url)
    assert error.code == "unresolvable"
    sites = ", ".join(adapter.title for adapter in registry.adapters().values())
    assert error.message.endswith(f"Links from these work: {sites}.")


@pytest.mark.parametrize("text", LINKS["not_links"])
def test_what_is_no_web_link_is_refused_before_any_provider_is_asked(text: str) -> None:
    error = refused(text)
    assert error.code == "invalid"
    assert "these work" not in error.message


@pytest.mark.parametrize("url", LINKS["media_files"])
def test_a_link_to_a_media_file_is_no_work_before_somebody_takes_it(url: str) -> None:
    error = refused(url)
    assert error.code == "direct_media"
    assert "direct link" in error.message


@pytest.mark.parametrize("url", LINKS["as_pasted"])
def test_the_address_that_is_asked_for_is_the_address_that_was_pasted(url: str) -> None:
    error = refused(url)
    assert isinstance(error, registry.DirectMedia)
    assert error.url.geturl() == url


def test_a_link_may_be_2048_characters_long_and_no_longer() -> None:
    link = "https://youtu.be/dQw4w9WgXcQ?si="
    longest = link + "a" * (MAX_URL_CHARACTERS - len(link))

    assert registry.resolve(longest).source.external_id == "dQw4w9WgXcQ"
    assert refused(longest + "a").code == "invalid"


HOSTS = ["youtube.com", "youtu.be", "vimeo.com", "vidking.net", "themoviedb.org", "localhost"]


@given(
    st.text()
    | st.builds("https://{}/{}".format, st.sampled_from(HOSTS), st.text())
    | st.builds("http://{}{}".format, st.text(), st.sampled_from(HOSTS))
)
@example("https://youtube.com/watch?" + "v&" * 1000)
def test_whatever_is_pasted_is_resolved_or_refused(text: str) -> None:
    try:
        source = registry.resolve(text).source
    except Invalid as error:
        told = error.fields or {}
    else:
        told = {"url": "is fine"}
        assert registry.adopt(source) == source
    assert "url" in told


def test_what_a_client_claims_a_player_can_do_is_replaced_by_what_its_adapter_says() -> None:
    boast = PlaybackSource(
        provider="youtube",
        media_type=MediaType.MOVIE,
        external_id="dQw4w9WgXcQ",
        supports_events=False,
        supports_progress=False,
        capabilities=Capabilities(seek=False, pause=False, resume=False, autoplay=False),
    )
    assert registry.adopt(boast) == registry.describe(YOUTUBE) != boast


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": "nobody"}, "source.provider"),
        ({"external_id": "too-short"}, "source.external_id"),
        ({"media_type": MediaType.TV, "season": 1, "episode": 1}, "source.media_type"),
    ],
)
def test_a_client_cannot_invent_a_work(change: dict[str, Any], field: str) -> None:
    source = registry.describe(YOUTUBE).model_copy(update=change)
    with pytest.raises(Invalid) as caught:
        registry.adopt(source)
    assert list(caught.value.fields or {}) == [field]


def test_a_stored_source_whose_provider_was_taken_away_is_not_found(
    settings: Settings,
) -> None:
    settings.PLAYBACK_SOURCES = ["playback.sources.vimeo.VimeoSource"]
    with pytest.raises(registry.UnknownProvider):
        registry.describe(YOUTUBE)


def test_the_base_address_of_a_provider_can_be_changed_and_its_links_are_known(
    settings: Settings,
) -> None:
    settings.VIDKING_URL = "http://films.example:8080/player"
    source = registry.resolve("http://films.example:8080/player/embed/movie/550").source
    assert SourceKey.of(source) == SourceKey("vidking", MediaType.MOVIE, "550")
    refused("http://films.example:8080/embed/movie/550")
    refused("http://films.example/player/embed/movie/550")


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["playback.sources.nowhere.Nothing"],
        ["playback.sources.youtube.Nothing"],
        ["youtube"],
        [".YouTubeSource"],
        ["..sources.YouTubeSource"],
        ["playback.sources.base.PlaybackSource"],
        ["playback.sources.base.SourceAdapter"],
        ["playback.sources.youtube.YouTubeSource", "playback.sources.youtube.YouTubeSource"],
    ],
)
def test_a_wrong_path_stops_the_start_and_names_the_setting(
    settings: Settings, paths: list[str]
) -> None:
    settings.PLAYBACK_SOURCES = paths
    with pytest.raises(ImproperlyConfigured, match=r"^STREAMIT_PLAYBACK_SOURCES: "):
        registry.adapters()
