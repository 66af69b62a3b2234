"""Showing, renaming and deleting one's own videos."""

from pathlib import Path
from uuid import UUID

import pytest

from tests.library.site import TINY_MP4, UNKNOWN, Person, Site


@pytest.fixture
def owner(site: Site) -> Person:
    """Someone new, who has no videos yet."""
    return site.new_guest()


def test_a_title_can_be_changed_by_the_owner_alone(site: Site, owner: Person) -> None:
    video = owner.upload(title="One")
    kind, body = {"Content-Type": "application/json"}, b'{"title": "  Zwei "}'
    answer = owner.ask("PATCH", f"/videos/{video}", kind, body)
    assert (answer.status, answer.json["title"]) == (200, "Zwei")
    [listed] = owner.ask("GET", "/videos?q=zwei").json["videos"]
    assert listed["title"] == "Zwei"
    assert site.bob.ask("PATCH", f"/videos/{video}", kind, body).error == (404, "not_found")
    for wrong in (b'{"title": " "}', b'{"title": "a", "status": "failed"}', b"{}", b"x"):
        assert owner.ask("PATCH", f"/videos/{video}", kind, wrong).error == (422, "invalid")


def test_the_poster_is_a_frame_and_goes_with_the_video(site: Site, owner: Person) -> None:
    video = owner.upload()
    poster = owner.ask("GET", f"/videos/{video}/poster")
    assert (poster.status, poster.headers["content-type"]) == (200, "image/jpeg")
    stored = site.stored(video).with_name("poster")
    assert stored.read_bytes() == poster.body
    stored.unlink()
    assert owner.ask("GET", f"/videos/{video}/poster").headers["content-type"] == "image/svg+xml"
    assert owner.ask("DELETE", f"/videos/{video}").status == 200


def test_a_video_without_a_picture_has_always_the_same_placeholder(
    site: Site, owner: Person
) -> None:
    videos = [owner.ask("GET", f"/videos/{owner.upload()}").json for _ in range(2)]
    for video in videos:
        site.query("DELETE FROM library_poster WHERE video_id = ?", UUID(video["id"]).hex)
    one, other = (owner.ask("GET", video["poster_url"].removeprefix("/api/v1")) for video in videos)
    assert (one.status, one.headers["content-type"]) == (200, "image/svg+xml")
    assert one.headers["cache-control"].startswith("private")
    assert one.body != other.body
    again = owner.ask("GET", videos[0]["poster_url"].removeprefix("/api/v1"))
    assert again.body == one.body
    path = videos[0]["poster_url"].removeprefix("/api/v1")
    assert site.bob.ask("GET", path).error == (404, "not_found")
    assert site.nobody.ask("GET", path).error == (401, "not_authenticated")


def test_nobody_has_no_list(site: Site) -> None:
    assert site.nobody.ask("GET", "/videos").error == (401, "not_authenticated")


def test_a_deleted_video_is_gone_with_its_bytes(site: Site, owner: Person) -> None:
    video = owner.upload()
    kept = owner.upload()
    answer = owner.ask("DELETE", f"/videos/{video}")
    assert (answer.status, answer.json) == (200, {"message": "Video deleted", "video_id": video})
    assert not site.stored(video).parent.exists()
    assert owner.ask("GET", f"/videos/{video}").error == (404, "not_found")
    assert owner.ask("GET", f"/videos/{video}/stream").status == 404
    assert owner.ask("DELETE", f"/videos/{video}").error == (404, "not_found")
    assert owner.ask("GET", f"/videos/{kept}/stream").body == TINY_MP4
    assert site.query("SELECT count(*) FROM library_source WHERE key LIKE ?", f"{video}%") == [(0,)]


def test_a_video_whose_bytes_are_gone_can_still_be_deleted(site: Site, owner: Person) -> None:
    video = owner.upload()
    stored: Path = site.stored(video)
    stored.unlink()
    for shown in (
        owner.ask("GET", "/videos").json["videos"][0],
        owner.ask("GET", f"/videos/{video}").json,
    ):
        assert (shown["title"], shown["playable"]) == ("A film", False)
        assert (shown["problem"], shown["problem_code"]) == ("File not found", "file_missing")
    assert owner.ask("DELETE", f"/videos/{video}").status == 200
    assert owner.ask("GET", "/videos").json["videos"] == []


@pytest.mark.parametrize("video_id", ["nonsense", UNKNOWN, UNKNOWN.replace("-", ""), "%00"])
def test_an_id_of_nothing_is_not_found(site: Site, video_id: str) -> None:
    for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/poster")]:
        answer = site.alice.ask(method, f"/videos/{video_id}{path}")
        assert answer.error == (404, "not_found")
