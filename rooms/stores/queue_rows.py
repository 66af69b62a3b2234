"""The part of a queue that the database keeps: its works, in order. Synchronous.

So a queue outlives an empty room, and a Redis that has lost everything.
"""

from typing import NamedTuple
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from playback.sources.base import SourceKey, Work
from rooms.models import QueuedWork, Room
from rooms.protocol import QueueAdding, QueueOrder
from rooms.queue import Entry, Queue


class Kept(NamedTuple):
    """The part of a queue that the database keeps."""

    works: tuple[tuple[str, Work, str], ...]
    order: QueueOrder
    adding: QueueAdding
    skipping: bool


def kept(queue: Queue) -> Kept:
    """Return the part of ``queue`` that the database keeps."""
    works = tuple((entry.id, entry.source, entry.added_by) for entry in queue.entries)
    return Kept(works, queue.order, queue.adding, queue.skipping)


def store(code: str, queue: Queue) -> None:
    """Store ``queue``, unless a newer one is stored already or the room is gone."""
    with transaction.atomic():
        # Locks the room's row, so that the newer queue stays if two servers write.
        newer = Room.objects.filter(code=code, queue_version__lt=queue.version).update(
            queue_version=queue.version,
            queue_order=queue.order,
            queue_adding=queue.adding,
            queue_skipping=queue.skipping,
        )
        if not newer:
            return
        room = Room.objects.only("pk").get(code=code)
        room.queue.all().delete()
        wanted = {UUID(entry.added_by) for entry in queue.entries}
        # Items of deleted accounts are not kept.
        known = set(get_user_model().objects.filter(pk__in=wanted).values_list("pk", flat=True))
        QueuedWork.objects.bulk_create(
            _row(room, number, entry)
            for number, entry in enumerate(queue.entries)
            if UUID(entry.added_by) in known
        )


def load(code: str) -> Queue:
    """Return the stored queue, with a version above all earlier ones; else an empty queue."""
    room = Room.objects.filter(code=code).first()
    if room is None:
        return Queue(version=1)
    return Queue(
        version=room.queue_version + 1,
        order=QueueOrder(room.queue_order),
        adding=QueueAdding(room.queue_adding),
        skipping=room.queue_skipping,
        entries=tuple(_entry(row) for row in room.queue.select_related("added_by")),
    )


def clear(code: str) -> None:
    """Delete the stored queue of a room that has ended."""
    QueuedWork.objects.filter(room__code=code).delete()


def rooms_with(key: SourceKey) -> list[str]:
    """Return the codes of the rooms whose stored queue has the work ``key``."""
    rows = QueuedWork.objects.filter(
        provider=key.provider, external_id=key.external_id, media_type=key.media_type
    )
    return list(rows.values_list("room__code", flat=True).distinct())


def _row(room: Room, number: int, entry: Entry) -> QueuedWork:
    return QueuedWork(
        room=room,
        item=entry.id,
        number=number,
        added_by_id=UUID(entry.added_by),
        provider=entry.source.provider,
        external_id=entry.source.external_id,
        media_type=entry.source.media_type,
        season=entry.source.season,
        episode=entry.source.episode,
    )


def _entry(row: QueuedWork) -> Entry:
    return Entry(
        id=row.item,
        source=Work(
            provider=row.provider,
            media_type=row.media_type,  # type: ignore[arg-type]
            external_id=row.external_id,
            season=row.season,
            episode=row.episode,
        ),
        added_by=str(row.added_by_id),
        added_by_name=row.added_by.display_name,
    )
