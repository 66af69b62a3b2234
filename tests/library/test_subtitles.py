"""Subtitles of a video: added, listed, read by token, deleted; by whom, and how many."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.library.site import BOUNDARY, UNKNOWN, Answer, Person, Site, form

JSON = {"Content-Type": "application/json"}
ARABIC = "1\r\n00:00:01,000 --> 00:00:02,000\r\nأين كنت طوال اليوم؟ بحثت عنك في كل مكان\r\n"


def add(
    person: Person, video: str, content: bytes, name: str = "film.srt", **fields: str
) -> Answer:
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    body = form(*fields.items(), ("file", content), file_name=name)
    return person.ask("POST", f"/videos/{video}/subtitles", kind, body)


def listed(person: Person, video: str, query: str = "") -> list[dict[str, Any]]:
    answer = person.ask("GET", f"/videos/{video}/subtitles{query}")
    assert answer.status == 200, answer
    tracks: list[dict[str, Any]] = answer.json["subtitles"]
    return tracks


def test_subtitles_in_an_old_code_page_are_served_as_webvtt_by_the_videos_tokens(
    site: Site,
) -> None:
    video, other = site.alice.upload(), site.alice.upload()
    made = add(
        site.alice,
        video,
        ARABIC.encode("windows-1256"),
        language="ARA",
        label="العربية",
        default="true",
    )
    assert made.status == 201, made
    track = made.json
    assert (track["language"], track["label"], track["default"]) == ("ar", "العربية", True)
    token = site.alice.share(video)
    [shown] = listed(site.nobody, video, f"?token={token}")
    assert shown["url"] == f"{track['url']}?token={token}"
    answer = site.nobody.ask("GET", shown["url"].removeprefix("/api/v1"))
    assert answer.headers["content-type"] == "text/vtt; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.body.decode() == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nأين كنت طوال اليوم؟ بحثت عنك في كل مكان\n"
    )
    path = track["url"].removeprefix("/api/v1")
    assert site.alice.ask("GET", path).body == answer.body
    assert site.nobody.ask("GET", path).status == 401
    assert site.bob.ask("GET", path).status == 404
    wrong = site.alice.share(other)
    assert site.alice.ask("GET", f"{path}?token={wrong}").error == (401, "token_invalid")
    site.alice.ask("DELETE", f"/videos/{video}/tokens")
    assert site.nobody.ask("GET", f"{path}?token={token}").error == (401, "token_expired")


def test_the_resolver_names_the_subtitles(site: Site) -> None:
    video = site.alice.upload()
    add(site.alice, video, ARABIC.encode(), name="C:\\films\\The film.ar.srt")
    [track] = site.alice.ask("GET", f"/videos/{video}/playback").json["subtitles"]
    assert (track["language"], track["label"]) == ("und", "The film.ar")
    assert site.nobody.ask("GET", track["url"].removeprefix("/api/v1")).status == 200


def test_a_new_default_takes_the_place_of_the_old_one(site: Site) -> None:
    video = site.alice.upload()
    for label in ("one", "two"):
        assert add(site.alice, video, ARABIC.encode(), label=label, default="true").status == 201
    assert [(t["label"], t["default"]) for t in listed(site.alice, video)] == [
        ("one", False),
        ("two", True),
    ]


def test_a_video_shows_its_tracks_and_the_owner_says_which_is_the_default(site: Site) -> None:
    video = site.alice.upload()
    tracks = [add(site.alice, video, ARABIC.encode(), label=label).json for label in ("one", "two")]
    paths = [track["url"].removeprefix("/api/v1") for track in tracks]

    def shown() -> list[tuple[str, bool]]:
        found = site.alice.ask("GET", f"/videos/{video}").json["subtitles"]
        assert [track["url"] for track in found] == [track["url"] for track in tracks]
        return [(track["label"], track["default"]) for track in found]

    assert shown() == [("one", False), ("two", False)]
    for path in paths:
        assert site.alice.ask("PATCH", path, JSON, b'{"default": true}').json["default"] is True
    assert shown() == [("one", False), ("two", True)]
    assert site.alice.ask("PATCH", paths[1], JSON, b'{"default": false}').status == 200
    assert shown() == [("one", False), ("two", False)]
    assert site.bob.ask("PATCH", paths[0], JSON, b'{"default": true}').status == 404
    assert site.nobody.ask("PATCH", paths[0], JSON, b'{"default": true}').status == 401
    wrong = site.alice.ask("PATCH", paths[0], JSON, b'{"default": null}')
    assert (wrong.status, list(wrong.json["error"]["fields"])) == (422, ["default"])


def test_only_the_owner_adds_and_deletes(site: Site) -> None:
    video = site.alice.upload()
    track = add(site.alice, video, ARABIC.encode()).json
    path = track["url"].removeprefix("/api/v1")
    for person, status in [(site.nobody, 401), (site.bob, 404)]:
        assert add(person, video, ARABIC.encode()).status == status
        assert person.ask("DELETE", path).status == status
    assert add(site.alice, UNKNOWN, ARABIC.encode()).status == 404
    assert site.alice.ask("DELETE", path).status == 204
    assert site.alice.ask("DELETE", path).status == 404
    assert listed(site.alice, video) == []


@pytest.mark.parametrize(
    ("content", "fields", "wrong"),
    [
        (b"no subtitles", {}, "file"),
        (ARABIC.encode(), {"language": "the language of Goethe"}, "language"),
        (ARABIC.encode(), {"label": "x" * 121}, "label"),
        (ARABIC.encode(), {"default": "perhaps"}, "default"),
        (ARABIC.encode(), {"encoding": "zlib"}, "encoding"),
        (ARABIC.encode(), {"encoding": "undefined"}, "encoding"),
        (ARABIC.encode(), {"encoding": "utf-8\0"}, "encoding"),
        (ARABIC.encode(), {"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(
    site: Site, content: bytes, fields: dict[str, str], wrong: str
) -> None:
    video = site.alice.upload()
    answer = add(site.alice, video, content, **fields)
    assert answer.status == 422
    assert list(answer.json["error"]["fields"]) == [wrong]
    assert listed(site.alice, video) == []


def test_a_file_above_the_limit_is_refused(site: Site) -> None:
    answer = add(site.alice, site.alice.upload(), b"x" * (2 * 1024 * 1024 + 1))
    assert answer.error == (413, "too_large")


def test_a_video_has_room_for_32_tracks_which_go_with_it(site: Site) -> None:
    video = site.alice.upload()
    vtt = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"
    for _ in range(31):
        site.query(
            "INSERT INTO library_subtitle (id, video_id, language, label, is_default, vtt,"
            " size_bytes, created_at) VALUES (?, ?, 'en', '', false, 'WEBVTT', 6,"
            " CURRENT_TIMESTAMP)",
            *(uuid4().hex, UUID(video).hex),
        )
    assert add(site.alice, video, vtt).status == 201
    assert add(site.alice, video, vtt).error == (409, "too_many_subtitles")
    assert site.alice.ask("DELETE", f"/videos/{video}").status == 200
    key = UUID(video).hex
    left = site.query("SELECT COUNT(*) FROM library_subtitle WHERE video_id = ?", key)
    assert [tuple(row) for row in left] == [(0,)]
