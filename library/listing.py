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
        "and width do not matter, in any script. A number at the end may be the beginning of one: "
        "`part 1` finds part 1 first, and then part 12.",
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


@dataclass(frozen=True, slots=True)
class _Part:
    """Videos of a list that come before those of the next part, whatever their order."""

    videos: QuerySet[Video]
    total: int


@dataclass(frozen=True, slots=True)
class _Last:
    """The video behind which a page begins: its place in the order, and its part of the list."""

    value: Any
    id: UUID
    part: int


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
_INT = TypeAdapter(int)


def page_of(owner_id: UUID, query: ListQuery) -> Page:
    """Return one page; raise Invalid for a cursor of another list. Blocks."""
    if query.q:
        with index_only_scans():
            return _page_of(owner_id, query)
    return _page_of(owner_id, query)


def _page_of(owner_id: UUID, query: ListQuery) -> Page:
    last = _read_cursor(query.sort, query.cursor) if query.cursor else None
    parts = _matching(owner_id, query)
    order = "-sort_value" if query.sort.is_descending else "sort_value"
    tie = "-id" if query.sort.is_descending else "id"

    def in_order(videos: QuerySet[Video]) -> QuerySet[Any]:
        return videos.annotate(sort_value=_COLUMNS[query.sort.key]).order_by(order, tie)

    # One row more than asked for tells whether there is a next page.
    found: list[tuple[int, Any]] = []
    skipped, wanted = query.offset, query.limit + 1
    for number, part in enumerate(parts):
        if (last and number < last.part) or len(found) == wanted:
            continue
        ordered = in_order(part.videos)
        if last and number == last.part:
            ordered = ordered.filter(_after(query.sort, last))
        # Whole rows only of the page: sorting or skipping thousands takes longer than finding them.
        of_page = ordered.values("pk")[skipped : skipped + wanted - len(found)]
        rows = in_order(Video.objects.filter(pk__in=of_page)).select_related("source")
        found += [(number, video) for video in rows]
        skipped = max(0, skipped - part.total)
    shown = found[: query.limit]
    cursor = _cursor(query.sort, *shown[-1]) if len(found) > query.limit else None
    return Page([video for _, video in shown], sum(part.total for part in parts), cursor)


def _matching(owner_id: UUID, query: ListQuery) -> list[_Part]:
    """Return the videos that match status and search, in parts that follow each other.

    A search reads all titles of the owner from a covering index, once. Few hits are then fetched
    by their ids; with many hits, walking in the order of the list soon fills a page. Each would be
    slow in the other case.
    """
    videos = Video.objects.filter(owner_id=owner_id)
    has_status = Q(status=query.status) if query.status else Q()
    has_text = has_words(query.q, "title_folded")
    if not has_text:
        matching = videos.filter(has_status)
        return [_Part(matching, matching.count())]
    # What "part 1" names, before the "part 12" that may still be typed.
    named = has_words(query.q, "title_folded", is_typed=False)
    conditions = [has_text] if named == has_text else [named, has_text & ~named]
    gathered: dict[str, Any] = {}
    for number, condition in enumerate(conditions):
        # The status is not filtered by, because its index does not have the titles.
        which = has_status if condition == has_text else has_status & condition
        gathered[f"total_{number}"] = Count("pk", filter=which)
        gathered[f"ids_{number}"] = FirstIds(AllIds("pk", filter=which), at_most=FEW)
    found = videos.filter(has_text).aggregate(**gathered)
    parts = []
    for number, condition in enumerate(conditions):
        total, ids = found[f"total_{number}"], found[f"ids_{number}"]
        few = Video.objects.filter(pk__in=among(ids)) if total else videos.none()
        matching = few if total <= FEW else videos.filter(condition, has_status)
        parts.append(_Part(matching, total))
    return parts


def _after(sort: Sort, last: _Last) -> Q:
    """Return the condition for videos after the last one that was shown."""
    way = "lt" if sort.is_descending else "gt"
    # The first condition lets an index find the place; the others break ties.
    return Q(**{f"sort_value__{way}e": last.value}) & (
        Q(**{f"sort_value__{way}": last.value}) | Q(**{f"id__{way}": last.id})
    )


def _cursor(sort: Sort, part: int, video: Any) -> str:
    shown = _VALUES[sort.key].dump_python(video.sort_value, mode="json")
    packed = json.dumps([sort, shown, str(video.pk), part], ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(packed).decode()


def _read_cursor(sort: Sort, cursor: str) -> _Last:
    try:
        of_sort, value, last_id, part = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if of_sort != sort:
            raise Invalid(fields={"cursor": "is of a list in another order"})
        value = _VALUES[sort.key].validate_python(value)
        if isinstance(value, datetime):
            value = value.astimezone(UTC)  # no database has a year 0 or 10000
        return _Last(value, _UUID.validate_python(last_id), _INT.validate_python(part))
    except (ValueError, TypeError, OverflowError, ValidationError):
        raise Invalid(fields={"cursor": "is not one that was given out"}) from None
