"""Pages of a search: the same whether few or many videos match."""

from itertools import pairwise
from typing import Any

import pytest

from accounts.models import User
from library import listing
from library.listing import ListQuery, Page, Sort, page_of
from library.models import Video


@pytest.fixture(params=[0, 3, 1000], ids="fetched by ids up to {}".format)
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "FEW", request.param)


def _page(owner: User, **query: Any) -> Page:
    return page_of(owner.pk, ListQuery(**query))


def _library(title: str, number: int) -> User:
    owner = User.objects.create(display_name="Ana", is_guest=True)
    for n in range(number):
        status = "failed" if n % 2 else "completed"
        # Equal lengths and sizes, so that ties are broken in pages too.
        values: dict[str, Any] = {
            "status": status,
            "size_bytes": n % 3,
            "duration_s": n % 2 or None,
        }
        Video.objects.create(owner=owner, title=f"{title} {n}", **values)
    return owner


@pytest.mark.usefixtures("each_database", "few")
@pytest.mark.parametrize("sort", list(Sort))
def test_a_search_comes_whole_and_in_order_in_pages(sort: Sort) -> None:
    owner = _library("Summer", 8)
    _library("Summer of somebody else", 2)
    Video.objects.create(owner=owner, title="Winter", size_bytes=1)

    whole = _page(owner, q="summer", sort=sort)
    by_cursor: list[Video] = []
    cursor = ""
    for _ in range(4):
        page = _page(owner, q="summer", sort=sort, limit=3, cursor=cursor)
        by_cursor += page.videos
        assert page.total == 8
        cursor = page.next_cursor or ""
        if not cursor:
            break
    by_offset: list[Video] = []
    for offset in (0, 3, 6, 9):
        by_offset += _page(owner, q="summer", sort=sort, limit=3, offset=offset).videos

    assert (len(whole.videos), whole.total, whole.next_cursor) == (8, 8, None)
    assert by_cursor == by_offset == whole.videos
    column = "title_sorted" if sort.key == "title" else sort.key
    keys = [(getattr(video, column) or 0, video.pk) for video in whole.videos]
    assert all((a > b) if sort.is_descending else (a < b) for a, b in pairwise(keys))


@pytest.mark.usefixtures("each_database", "few")
def test_a_search_counts_only_what_has_the_status() -> None:
    owner = _library("Summer", 8)
    found = _page(owner, q="summer", status=Video.Status.FAILED, sort=Sort.TITLE)
    assert [video.title for video in found.videos] == [f"Summer {n}" for n in (1, 3, 5, 7)]
    assert found.total == 4
    nothing = _page(owner, q="summer 1", status=Video.Status.COMPLETED)
    assert (nothing.videos, nothing.total) == ([], 0)


@pytest.mark.usefixtures("each_database", "few")
def test_a_number_that_is_typed_finds_its_own_first_and_then_those_that_begin_with_it() -> None:
    owner = User.objects.create(display_name="Ana", is_guest=True)
    for title in ("Part 12", "Part 1 b", "Part 2", "Part 1 a", "Teil 11", "Part 1 of 2", "Part 10"):
        Video.objects.create(owner=owner, title=title, size_bytes=1)
    own = ["Part 1 a", "Part 1 b", "Part 1 of 2"]
    begun = ["Part 10", "Part 12", "Teil 11"]

    def titles(page: Page) -> list[str]:
        return [video.title for video in page.videos]

    whole = _page(owner, q="part 1", sort=Sort.TITLE)
    assert (titles(whole), whole.total) == ([*own, *begun], 6)
    assert titles(_page(owner, q="part 1", sort=Sort.TITLE_BACKWARDS)) == own[::-1] + begun[::-1]
    assert titles(_page(owner, q="1. Teil", sort=Sort.TITLE)) == own
    assert titles(_page(owner, q="part 01", sort=Sort.TITLE)) == own
    assert titles(_page(owner, q="part 3")) == []
    for limit in (1, 2, 3, 4):
        by_cursor: list[str] = []
        cursor = ""
        while len(by_cursor) < 6:
            page = _page(owner, q="part 1", sort=Sort.TITLE, limit=limit, cursor=cursor)
            by_cursor += titles(page)
            cursor = page.next_cursor or ""
            assert bool(cursor) == (len(by_cursor) < 6)
        by_offset = [
            title
            for offset in range(0, 7, limit)
            for title in titles(
                _page(owner, q="part 1", sort=Sort.TITLE, limit=limit, offset=offset)
            )
        ]
        assert by_cursor == by_offset == [*own, *begun]
