"""A person's videos in pages: filtered, searched, sorted, by offset or by cursor."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from core.database import index_only_scans
from core.errors import Invalid
from core.folded_columns import has_words
from core.row_ids import AllIds, FirstIds, among
from core.text import tidy_text
from library.models import Video, known_duration

# With this many hits among 100,000 titles, walking in order reads a few thousand rows for a page,
# and fetching this many by their ids is cheaper.
FEW = 1000


class Sort(StrEnum):
    NEWEST = "-created_at"
    OLDEST = "created_at"
    TITLE = "title"
    TITLE_BACKWARDS = "-title"
    LARGEST = "-size_bytes"
    SMALLEST = "size_bytes"
    LONGEST = "-duration_s"
    SHORTEST = "duration_s"

    @property
    def key(self) -> str:
        return self.value.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.value.startswith("-")


class ListQuery(Schema):
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=2**31)
    status: Video.Status | None = None
    # PostgreSQL accepts no NUL in texts.
    q: Annotated[str, AfterValidator(tidy_text)] = Field(
        "",
        max_length=500,
        description="Words, or parts of them, that the title has, in any order. Case, accents "
        "and width do not matter, in any script.",
    )
    sort: Sort = Sort.NEWEST
    cursor: str = Field(
        "",
        max_length=1000,
        description="The `next_cursor` of the page before, with the same sort and no offset.",
    )

    @model_validator(mode="after")
    def _no_offset_from_a_cursor(self) -> "ListQuery":
        if self.cursor and self.offset:
            raise ValueError("a cursor takes no offset")
        return self


@dataclass(frozen=True, slots=True)
class Page:
    videos: Sequence[Video]
    total: int
    next_cursor: str | None


# The values to sort by; each has an index after the owner. An unknown length counts as 0, because
# databases differ in where they sort nulls.
_COLUMNS = {
    "created_at": F("created_at"),
    "title": F("title_sorted"),
    "size_bytes": F("size_bytes"),
    "duration_s": known_duration(),
}
_VALUES: dict[str, TypeAdapter[Any]] = {
    "created_at": TypeAdapter(AwareDatetime),
    # Without NUL, which PostgreSQL does not accept.
    "title": TypeAdapter(Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]),
    "size_bytes": TypeAdapter(int),
    "duration_s": TypeAdapter(float),
}
_UUID = TypeAdapter(UUID)


def page_of(owner_id: UUID, query: ListQuery) -> Page:
    """Return one page; raise Invalid for a cursor of another list. Blocks."""
    if query.q:
        with index_only_scans():
            return _page_of(owner_id, query)
    return _page_of(owner_id, query)


def _page_of(owner_id: UUID, query: ListQuery) -> Page:
    matching, total = _matching(owner_id, query)
    order = "-sort_value" if query.sort.is_descending else "sort_value"
    tie = "-id" if query.sort.is_descending else "id"

    def in_order(videos: QuerySet[Video]) -> QuerySet[Any]:
        return videos.annotate(sort_value=_COLUMNS[query.sort.key]).order_by(order, tie)

    ordered = in_order(matching)
    if query.cursor:
        ordered = ordered.filter(_after(query))
    # One row more than asked for tells whether there is a next page. Whole rows only of these:
    # sorting or skipping thousands of rows takes longer than finding them.
    of_page = ordered.values("pk")[query.offset : query.offset + query.limit + 1]
    found = list(in_order(Video.objects.filter(pk__in=of_page)).select_related("source"))
    videos = found[: query.limit]
    more = len(found) > query.limit
    cursor = _cursor(query.sort, videos[-1].sort_value, videos[-1].pk) if more else None
    return Page(videos, total, cursor)


def _matching(owner_id: UUID, query: ListQuery) -> tuple[QuerySet[Video], int]:
    """Return the videos that match status and search, and their number.

    A search reads all titles of the owner from a covering index, once. Few hits are then fetched
    by their ids; with many hits, walking in the order of the list soon fills a page. Each would be
    slow in the other case.
    """
    videos = Video.objects.filter(owner_id=owner_id)
    has_status = Q(status=query.status) if query.status else Q()
    has_text = has_words(query.q, "title_folded")
    if not has_text:
        matching = videos.filter(has_status)
        return matching, matching.count()
    # The status is not filtered by, because its index does not have the titles.
    found = videos.filter(has_text).aggregate(
        total=Count("pk", filter=has_status),
        ids=FirstIds(AllIds("pk", filter=has_status), at_most=FEW),
    )
    if not found["total"]:
        return videos.none(), 0
    if found["total"] <= FEW:
        return Video.objects.filter(pk__in=among(found["ids"])), found["total"]
    return videos.filter(has_text, has_status), found["total"]


def _after(query: ListQuery) -> Q:
    """Return the condition for videos after the cursor."""
    value, last_id = _read_cursor(query.sort, query.cursor)
    way = "lt" if query.sort.is_descending else "gt"
    # The first condition lets an index find the place; the others break ties.
    return Q(**{f"sort_value__{way}e": value}) & (
        Q(**{f"sort_value__{way}": value}) | Q(**{f"id__{way}": last_id})
    )


def _cursor(sort: Sort, value: object, last_id: UUID) -> str:
    shown = _VALUES[sort.key].dump_python(value, mode="json")
    packed = json.dumps([sort, shown, str(last_id)], ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(packed).decode()


def _read_cursor(sort: Sort, cursor: str) -> tuple[Any, UUID]:
    try:
        of_sort, value, last_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if of_sort != sort:
            raise Invalid(fields={"cursor": "is of a list in another order"})
        value = _VALUES[sort.key].validate_python(value)
        if isinstance(value, datetime):
            value = value.astimezone(UTC)  # no database has a year 0 or 10000
        return value, _UUID.validate_python(last_id)
    except (ValueError, TypeError, OverflowError, ValidationError):
        raise Invalid(fields={"cursor": "is not one that was given out"}) from None
