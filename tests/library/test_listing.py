"""Somebody's list of videos: searched, filtered, in any order, in pages."""

import base64
import json
from urllib.parse import quote
from uuid import UUID

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
    details = owner.ask("GET", f"/videos/{video['id']}").json
    assert video.items() <= details.items()
    (way,) = details["renditions"]
    assert (way["kind"], way["default"]) == ("original", True)
    assert site.nobody.ask("GET", way["url"].removeprefix("/api/v1")).body == TINY_MP4
    assert (details["storyboard_url"], details["subtitles"]) == (None, [])


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
    assert titles(owner, "?q=ca%00ttle") == ["cattle"]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "limit=x", "offset=-1", "status=gone", "sort=id"),
        *(f"q={'x' * 501}", "cursor=x", "cursor=WzFd", f"cursor={'x' * 1001}"),
        f"cursor={'W1tb' * 249}",  # brackets within brackets
    ],
)
def test_a_bad_query_is_refused(site: Site, query: str) -> None:
    answer = site.alice.ask("GET", f"/videos?{query}")
    assert answer.error == (422, "invalid")
    assert query.partition("=")[0] in answer.json["error"]["fields"]


def ids(person: Person, query: str) -> list[str]:
    """Read a whole list by its cursors, and check that they end."""
    found: list[str] = []
    cursor = ""
    for _ in range(20):
        page = person.ask("GET", f"/videos?limit=2&{query}{cursor}").json
        assert len(page["videos"]) <= 2
        found += [video["id"] for video in page["videos"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"
    raise AssertionError("the cursors never end")


def test_case_does_not_matter_in_any_script(owner: Person) -> None:
    for title in ("Ёлки", "STRASSE", "Éclair", "İstanbul", "ΣΊΣΥΦΟΣ"):
        owner.upload(title=title)
    for q, title in [
        ("ёЛ", "Ёлки"),
        ("straße", "STRASSE"),
        ("éCL", "Éclair"),
        ("e\u0301cl", "Éclair"),
        ("σίσυφος", "ΣΊΣΥΦΟΣ"),
    ]:
        assert titles(owner, f"?q={quote(q)}") == [title]
    assert titles(owner, "?q=ecl") == ["Éclair"]


def test_the_words_of_a_search_may_stand_in_any_order(owner: Person) -> None:
    owner.upload(title="The Matrix 1999")
    owner.upload(title="İstanbul'da Bir Gece")
    for q in ("matrix the", "  matrix ", "1999  MAT"):
        assert titles(owner, f"?q={quote(q)}") == ["The Matrix 1999"]
    assert titles(owner, "?q=matrix%20reloaded") == []
    assert titles(owner, "?q=istanbul") == ["İstanbul'da Bir Gece"]
    assert len(titles(owner, "?q=%20%E2%80%8B")) == 2


def test_titles_are_sorted_as_people_sort_in_pages_too(owner: Person) -> None:
    wanted = ["Ästhetik", "Azur", "ÉCOLE", "Episode 1", "Episode 2", "Episode 10", "Łódź", "zebra"]
    for title in sorted(wanted):
        owner.upload(title=title)
    assert titles(owner, "?sort=title") == wanted
    assert titles(owner, "?sort=-title") == wanted[::-1]
    first = owner.ask("GET", "/videos?sort=title&limit=5").json
    rest = titles(owner, f"?sort=title&cursor={first['next_cursor']}")
    assert [video["title"] for video in first["videos"]] + rest == wanted


@pytest.mark.parametrize("key", ["created_at", "title", "size_bytes", "duration_s"])
def test_every_order_can_be_read_both_ways_in_pages_of_a_cursor(
    site: Site, owner: Person, key: str
) -> None:
    made = [owner.upload(title=title) for title in ("b", "A", "c", "a", "É")]
    # Equal and missing values must neither repeat nor lose a video.
    site.query(
        "UPDATE library_video SET duration_s = 7, size_bytes = 9 WHERE id = ?", UUID(made[0]).hex
    )
    site.query("UPDATE library_video SET duration_s = NULL WHERE id = ?", UUID(made[1]).hex)
    forwards, backwards = ids(owner, f"sort={key}"), ids(owner, f"sort=-{key}")
    assert sorted(forwards) == sorted(made)
    assert forwards == backwards[::-1]
    page = owner.ask("GET", f"/videos?sort={key}").json["videos"]
    assert [video["id"] for video in page] == forwards
    values = [video[key].casefold() if key == "title" else video[key] or 0 for video in page]
    assert values == sorted(values)


def test_a_cursor_goes_on_where_its_page_ended_although_the_list_has_grown(owner: Person) -> None:
    made = [owner.upload(title=str(number)) for number in range(4)][::-1]
    first = owner.ask("GET", "/videos?limit=2").json
    owner.upload(title="new")
    second = owner.ask("GET", f"/videos?limit=2&cursor={first['next_cursor']}").json
    shown = [video["id"] for video in first["videos"] + second["videos"]]
    assert shown == made
    assert (second["total"], second["offset"], second["next_cursor"]) == (5, 0, None)


def test_a_cursor_belongs_to_its_order_and_takes_no_offset(owner: Person) -> None:
    for number in range(2):
        owner.upload(title=str(number))
    cursor = owner.ask("GET", "/videos?limit=1").json["next_cursor"]
    for more in ("&sort=title", "&offset=1"):
        answer = owner.ask("GET", f"/videos?limit=1&cursor={cursor}{more}")
        assert answer.error == (422, "invalid")


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("created_at", "0001-01-01T00:00:00+23:00"),
        ("created_at", "9999-12-31T23:59:59-23:00"),
        ("created_at", "2026-01-01T00:00:00"),
        ("title", "\ud800"),
        ("title", "\0"),
    ],
)
def test_a_cursor_that_somebody_made_up_is_refused(site: Site, sort: str, value: str) -> None:
    made_up = base64.urlsafe_b64encode(json.dumps([sort, value, UNKNOWN, 0]).encode()).decode()
    answer = site.alice.ask("GET", f"/videos?sort={sort}&cursor={made_up}")
    assert answer.error == (422, "invalid")
    assert answer.json["error"]["fields"] == {"cursor": "is not one that was given out"}
