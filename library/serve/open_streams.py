"""The streams that run in this process. They end when the permission to read is revoked."""

import asyncio
import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from accounts import grants
from accounts.principal import Grant
from core import recheck
from core.database import in_database
from core.per_loop import PerLoop
from library import tokens
from library.models import Video


@dataclass(eq=False, slots=True)
class Reading:
    """Somebody who reads a video, and why they may: their login, or what a token says."""

    video_id: UUID
    grant: Grant
    # Of a token only: a video's owner needs neither.
    epoch: int | None = None
    member: tokens.RoomMember | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class _Running:
    def __init__(self) -> None:
        self.readings: set[Reading] = set()

    async def end_lapsed(self) -> None:
        """End the streams of those who may not read any more."""
        await grants.refresh()
        readings = list(self.readings)
        if not readings:
            return
        epochs = await _epochs({each.video_id for each in readings})
        viewings = {(each.member, each.video_id) for each in readings if each.member}
        holding = await in_database(tokens.viewings_that_hold)(viewings)
        for each in readings:
            epoch = epochs.get(each.video_id)
            has_lapsed = (
                epoch is None
                or each.epoch not in (None, epoch)
                or (each.member is not None and (each.member, each.video_id) not in holding)
                or grants.has_ended(each.grant)
            )
            if has_lapsed:
                each.ended.set()


@in_database
def _epochs(video_ids: Collection[UUID]) -> dict[UUID, int]:
    return dict(Video.objects.filter(pk__in=video_ids).values_list("pk", "token_epoch"))


_running = PerLoop(_Running)


@contextlib.contextmanager
def while_reading(reading: Reading) -> Iterator[asyncio.Event]:
    """Keep watch over one stream; give the event that says that it must end."""
    readings = _running.get().readings
    readings.add(reading)
    try:
        yield reading.ended
    finally:
        readings.discard(reading)


async def start() -> None:
    """Look after the streams of this process whenever something is taken back."""
    recheck.listen(_running.get().end_lapsed)


async def stop() -> None:
    """Look after them no more."""
    running = _running.pop()
    if running is not None:
        recheck.unlisten(running.end_lapsed)
