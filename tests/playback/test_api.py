"""The playback endpoints through Django's whole stack."""

from typing import Any

import pytest
from django.test import AsyncClient
from pytest_django.fixtures import Settings

from accounts.models import User
from library.models import Video
from playback.api import RESOLVING
from playback.sources import registry
from tests.support.limits import use_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def post(client: AsyncClient, path: str, body: Any) -> Any:
    return await client.post(f"/api/v1{path}", body, content_type="application/json")


async def guest() -> tuple[AsyncClient, User]:
    client = AsyncClient()
    answer = await post(client, "/auth/guest", {"display_name": "Ana"})
    return client, await User.objects.aget(pk=answer.json()["user"]["id"])


async def video_of(owner: User, status: str = Video.Status.COMPLETED) -> Video:
    return await Video.objects.acreate(
        owner=owner, title="A clip", status=status, size_bytes=1, mime_type="video/mp4"
    )


async def test_anyone_may_see_the_providers_in_the_order_in_which_they_are_tried() -> None:
    answer = await AsyncClient().get("/api/v1/playback/providers")

    assert answer.status_code == 200
    providers = answer.json()["providers"]
    assert [entry["provider"] for entry in providers] == list(registry.adapters())
    assert providers[3] == {
        "provider": "vidking",
        "title": "Vidking",
        "media_types": ["movie", "tv"],
        "supports_events": True,
        "supports_progress": True,
        "capabilities": {"seek": True, "pause": True, "resume": True, "autoplay": True},
    }


async def test_a_pasted_link_is_answered_with_its_source() -> None:
    client, _ = await guest()
    answer = await post(
        client, "/playback/resolve", {"url": "https://www.vidking.net/embed/tv/1396/1/2?color=f00"}
    )
    assert answer.status_code == 200
    assert answer.json() == {
        "provider": "vidking",
        "media_type": "tv",
        "external_id": "1396",
        "season": 1,
        "episode": 2,
        "supports_events": True,
        "supports_progress": True,
        "capabilities": {"seek": True, "pause": True, "resume": True, "autoplay": True},
        "start_s": None,
    }


async def test_resolving_needs_a_login() -> None:
    answer = await post(AsyncClient(), "/playback/resolve", {"url": "https://youtu.be/x"})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("https://example.org/page", "unresolvable", "work: Library, YouTube, Vimeo, "),
        ("https://example.org/film.avi", "unresolvable", "an AVI file"),
        ("not a link", "invalid", "not a link"),
        ("https://youtu.be/" + "x" * 2048, "invalid", "not a link"),
    ],
)
async def test_a_link_that_cannot_be_played_is_answered_with_422_and_the_reason(
    url: str, code: str, words: str
) -> None:
    client, _ = await guest()
    answer = await post(client, "/playback/resolve", {"url": url})

    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == code
    assert words in error["message"]
    assert list(error["fields"]) == ["url"]


@pytest.mark.parametrize(
    "body", [{}, {"url": None}, {"url": 7}, {"url": "https://youtu.be/x", "more": 1}, []]
)
async def test_a_body_of_the_wrong_shape_is_a_422(body: Any) -> None:
    client, _ = await guest()
    assert (await post(client, "/playback/resolve", body)).status_code == 422


async def test_ones_own_video_can_be_put_on_by_its_page_and_nobody_elses() -> None:
    client, owner = await guest()
    stranger, _ = await guest()
    video = await video_of(owner)
    link = {"url": f"http://localhost:8000/videos/{video.pk}"}

    mine = await post(client, "/playback/resolve", link)
    assert (mine.status_code, mine.json()["external_id"]) == (200, str(video.pk))
    theirs = await post(stranger, "/playback/resolve", link)
    assert theirs.status_code == 422
    assert theirs.json()["error"]["code"] == "unresolvable"


async def test_pasting_without_end_is_slowed_down(settings: Settings) -> None:
    settings.RATE_LIMITS = True
    client, _ = await guest()

    async def paste(_: int) -> Any:
        answer = await post(client, "/playback/resolve", {"url": "https://youtu.be/dQw4w9WgXcQ"})
        return None if answer.status_code == 200 else answer

    refused = await use_up(RESOLVING, paste)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("text", "start_s"),
    [
        ("Watch: https://youtu.be/dQw4w9WgXcQ?t=1m30s", 90),
        ('<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ?start=9"></iframe>', 9),
        ("youtu.be/dQw4w9WgXcQ", None),
    ],
)
async def test_a_pasted_text_is_answered_with_its_source_and_where_it_begins(
    text: str, start_s: float | None
) -> None:
    client, _ = await guest()
    answer = await post(client, "/playback/resolve", {"url": text})
    assert answer.status_code == 200
    assert (answer.json()["external_id"], answer.json()["start_s"]) == ("dQw4w9WgXcQ", start_s)


async def test_two_links_in_one_text_are_told() -> None:
    client, _ = await guest()
    text = "https://youtu.be/dQw4w9WgXcQ or https://vimeo.com/76979871"
    answer = await post(client, "/playback/resolve", {"url": text})
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "There are 2 links in this. Paste one."
    assert answer.json()["error"]["fields"] == {"url": "holds 2 links; paste one"}
