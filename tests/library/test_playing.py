"""The playback resolver, the list of storages, and links where none are taken."""

import json
from typing import Any

import pytest

from tests.library.site import TINY_MP4, UNKNOWN, Answer, Person, Site, form
from tests.support.clips import tiny_clip


def playback(person: Person, video: str) -> Answer:
    return person.ask("GET", f"/videos/{video}/playback")


def test_a_file_here_is_played_through_us_by_a_link_that_needs_no_login(site: Site) -> None:
    video = site.alice.upload()
    answer = playback(site.alice, video)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json
    url, expires_at = told.pop("playback_url"), told.pop("expires_at")
    assert told == {
        "video_id": video,
        "media_type": "video",
        "provider": "local",
        "mode": "proxy_stream",
        "mime_type": "video/mp4",
        "poster_url": f"/api/v1/videos/{video}/poster",
        "renditions": [
            {
                "kind": "original",
                "url": url,
                "mime_type": "video/mp4",
                "media_type": 'video/mp4; codecs="avc1.640028"',
                "height": 48,
                "sizes": [],
                "default": True,
            }
        ],
        "storyboard_url": None,
        "subtitles": [],
    }
    assert expires_at > site.alice.ask("GET", f"/videos/{video}").json["created_at"]
    assert site.nobody.ask("GET", url.removeprefix("/api/v1")).body == TINY_MP4


def test_what_some_browsers_play_is_played_by_them_until_there_is_a_copy(site: Site) -> None:
    content = tiny_clip(container="matroska")
    shown = site.alice.send_form(form(("file", content))).json
    assert shown["only_where"]["media_type"].startswith("video/x-matroska; codecs=")
    answer = playback(site.alice, shown["id"])
    assert (answer.status, answer.json["mime_type"]) == (200, "video/x-matroska")
    assert (
        site.alice.ask("GET", answer.json["playback_url"].removeprefix("/api/v1")).body == content
    )
    assert site.alice.ask("GET", f"/videos/{shown['id']}/stream?download=1").body == content


def test_what_is_not_ready_or_gone_or_not_ones_own_has_no_playback(site: Site) -> None:
    video = site.alice.upload()
    assert playback(site.bob, video).error == (404, "not_found")
    assert playback(site.nobody, video).error == (401, "not_authenticated")
    assert playback(site.alice, UNKNOWN).error == (404, "not_found")
    assert playback(site.alice, "nonsense").error == (404, "not_found")
    site.set_status(video, "processing")
    assert playback(site.alice, video).error == (409, "not_ready")
    site.set_status(video, "completed")
    site.stored(video).unlink()
    assert playback(site.alice, video).error == (404, "file_missing")


def test_bytes_at_a_storage_that_is_not_set_up_any_more_are_the_providers_failure(
    site: Site,
) -> None:
    video = site.alice.upload()
    site.query(
        "UPDATE library_source SET storage = 'moon' WHERE video_id = ?", video.replace("-", "")
    )
    assert playback(site.alice, video).error == (502, "storage_not_set_up")
    listed = site.alice.ask("GET", "/videos").json["videos"][0]
    assert (listed["playable"], listed["problem_code"]) == (False, "storage_not_set_up")
    assert site.alice.ask("GET", f"/videos/{video}").json["problem_code"] == "storage_not_set_up"
    site.query(
        "UPDATE library_source SET storage = 'local' WHERE video_id = ?", video.replace("-", "")
    )


def test_a_file_that_is_no_video_is_a_bad_request(site: Site) -> None:
    video = site.alice.upload()
    key = video.replace("-", "")
    site.query("UPDATE library_video SET mime_type = 'audio/mp4' WHERE id = ?", key)
    assert playback(site.alice, video).error == (400, "not_a_video")


def test_the_storages_to_choose_from_are_listed(site: Site) -> None:
    storages = site.alice.ask("GET", "/storages").json["storages"]
    assert [storage["name"] for storage in storages if storage["default"]] == ["local"]
    assert all(storage["label"] and storage["kind"] in ("store", "link") for storage in storages)
    assert site.nobody.ask("GET", "/storages").status == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": ""}, "url"),
        ({"url": "x" * 2049}, "url"),
        ({"url": "https://example.org/film.mp4", "colour": "red"}, "colour"),
        ({"url": "https://example.org/film.mp4", "import": "maybe"}, "import"),
        ({"url": "https://example.org/film.mp4", "title": " "}, "title"),
        ({"url": "https://example.org/film.mp4", "import": True, "storage": "moon"}, "storage"),
        ({"url": "file:///etc/passwd"}, "url"),
        ([], "body"),
    ],
)
def test_a_wrong_link_is_refused_by_the_name_of_its_field(
    site: Site, body: Any, field: str
) -> None:
    before = site.rows()
    kind = {"Content-Type": "application/json; charset=utf-8"}
    answer = site.alice.ask("POST", "/videos", kind, json.dumps(body).encode())
    assert answer.error == (422, "invalid")
    assert field in answer.json["error"]["fields"]
    assert site.rows() == before


def test_pictures_of_the_seek_bar_make_no_film_that_can_be_watched(site: Site) -> None:
    video = site.alice.upload()
    key = video.replace("-", "")
    # A newer version has found out what it is; an older one has made the pictures.
    site.query("UPDATE library_video SET version = 1, video_codec = 'dvh1' WHERE id = ?", key)
    columns = "video_id, version, name, kind, mime_type, storage, key, size_bytes, is_published"
    zeros = "codecs, language, label, is_default, lines, head_bytes"
    made = (
        f"INSERT INTO library_rendition ({columns}, {zeros}) "
        "VALUES (?, 1, ?, ?, '', 'local', ?, 1, 1, '', '', '', 0, '', 0)"
    )
    site.query(made, key, "storyboard.vtt", "storyboard", f"{video}/v1/storyboard.vtt")
    for shown in (
        site.alice.ask("GET", f"/videos/{video}").json,
        site.alice.ask("GET", "/videos").json["videos"][0],
    ):
        assert (shown["playable"], shown["problem_code"]) == (False, "not_playable")
        assert "Dolby Vision" in shown["only_where"]["message"] + shown["problem"]
    site.query(made, key, "film.mp4", "mp4", f"{video}/v1/film.mp4")
    for shown in (
        site.alice.ask("GET", f"/videos/{video}").json,
        site.alice.ask("GET", "/videos").json["videos"][0],
    ):
        assert (shown["playable"], shown["only_where"]) == (True, None)
