"""Listing, showing and deleting one's own videos."""

from pathlib import Path

import pytest

from tests.library.site import TINY_MP4, UNKNOWN, Person, Site


@pytest.fixture
def owner(site: Site) -> Person:
    """Someone new, who has no videos yet."""
    return site.new_guest()


def titles(person: Person, query: str = "") -> list[str]:
    answer = person.ask("GET", f"/videos{query}")
    assert answer.status == 200
    return [video["title"] for video in answer.json["videos"]]


def test_a_list_shows_ones_own_videos_newest_first(site: Site, owner: Person) -> None:
    site.alice.upload(title="Not mine")
    for title in ("one", "two", "three"):
        owner.upload(title=title)
    page = owner.ask("GET", "/videos").json
    assert (page["total"], page["limit"], page["offset"]) == (3, 20, 0)
    assert titles(owner) == ["three", "two", "one"]
    video = page["videos"][0]
    assert owner.ask("GET", f"/videos/{video['id']}").json == video


def test_a_list_comes_in_pages(owner: Person) -> None:
    for number in range(3):
        owner.upload(title=str(number))
    assert titles(owner, "?limit=2") == ["2", "1"]
    assert titles(owner, "?limit=2&offset=2") == ["0"]
    assert titles(owner, "?offset=3") == []
    assert owner.ask("GET", "/videos?limit=1&offset=9").json["total"] == 3


def test_a_search_and_a_status_narrow_the_list_together(site: Site, owner: Person) -> None:
    for title in ("The Cat", "cattle", "100% dog", "A_b"):
        owner.upload(title=title)
    making = owner.upload(title="cat in the making")
    site.query(
        "UPDATE library_video SET status = 'processing' WHERE id = ?", making.replace("-", "")
    )
    assert titles(owner, "?q=CAT") == ["cat in the making", "cattle", "The Cat"]
    assert titles(owner, "?q=cat&status=completed") == ["cattle", "The Cat"]
    assert titles(owner, "?status=processing") == ["cat in the making"]
    assert titles(owner, "?q=%25") == ["100% dog"]
    assert titles(owner, "?q=_") == ["A_b"]
    assert titles(owner, "?q=bird") == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "offset=-1", "status=gone", f"q={'x' * 501}", "q=%00"],
)
def test_a_bad_query_is_refused(site: Site, query: str) -> None:
    answer = site.alice.ask("GET", f"/videos?{query}")
    assert answer.error == (422, "invalid")
    assert query.partition("=")[0] in answer.json["error"]["fields"]


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
    assert titles(owner) == ["A film"]
    assert owner.ask("DELETE", f"/videos/{video}").status == 200
    assert titles(owner) == []


@pytest.mark.parametrize("video_id", ["nonsense", UNKNOWN, UNKNOWN.replace("-", ""), "%00"])
def test_an_id_of_nothing_is_not_found(site: Site, video_id: str) -> None:
    for method in ("GET", "DELETE"):
        assert site.alice.ask(method, f"/videos/{video_id}").error == (404, "not_found")
