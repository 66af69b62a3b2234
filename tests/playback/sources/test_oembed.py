"""What videos of other sites are called: asked once, by oEmbed, at a real server here."""

import json
from typing import Any

import pytest

from playback.sources import oembed
from playback.sources.base import MediaType, SourceKey
from playback.sources.vimeo import VimeoSource
from playback.sources.youtube import YouTubeSource
from tests.support.loopback import LoopbackRules
from tests.support.raw_server import Asked, Raw, raw_server

KEY = SourceKey("youtube", MediaType.MOVIE, "dQw4w9WgXcQ")


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(oembed, "Rules", LoopbackRules)
    settings.TITLES = True


def telling(body: bytes, status: str = "200 OK") -> Any:
    def answer(_asked: Asked) -> bytes:
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    return answer


async def titled(server: Raw, monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setattr("playback.sources.youtube.OEMBED", f"{server.url}/oembed")
    return await YouTubeSource().title_of(KEY)


async def test_a_title_is_asked_for_once_and_then_known(monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.dumps({"title": "  A film\u202e with\na name "}).encode()
    async with raw_server(telling(told)) as server:
        assert await titled(server, monkeypatch) == "A film with a name"
        assert await YouTubeSource().titles([KEY]) == {KEY: "A film with a name"}
        assert await titled(server, monkeypatch) == "A film with a name"
        assert [asked.target for asked in server.asked] == [
            "/oembed?format=json&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DdQw4w9WgXcQ"
        ]


@pytest.mark.parametrize(
    "answer",
    [
        telling(b"", "404 Not Found"),
        telling(b"<html>"),
        telling(b"[1]"),
        telling(b'{"title": 7}'),
        telling(b'{"title": "' + b"x" * oembed.MOST_BYTES + b'"}'),
        lambda _asked: b"",
    ],
)
async def test_without_a_title_it_is_not_asked_again_at_once(
    monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    async with raw_server(answer) as server:
        assert await titled(server, monkeypatch) is None
        assert await titled(server, monkeypatch) is None
        assert len(server.asked) == 1


async def test_a_site_that_says_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oembed, "ANSWER_S", 0.2)
    async with raw_server(lambda _asked: None) as server:
        assert await titled(server, monkeypatch) is None


async def test_where_the_operator_says_so_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.TITLES = False
    async with raw_server(telling(b'{"title": "A film"}')) as server:
        assert await titled(server, monkeypatch) is None
        assert server.asked == []


async def test_an_unlisted_video_is_asked_for_with_its_hash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = SourceKey("vimeo", MediaType.MOVIE, "76979871:8272103f6e")
    async with raw_server(telling(b'{"title": "A film"}')) as server:
        monkeypatch.setattr("playback.sources.vimeo.OEMBED", f"{server.url}/oembed")
        assert await VimeoSource().title_of(key) == "A film"
        assert "vimeo.com%2F76979871%2F8272103f6e" in server.asked[0].target
