"""The streams that are open in this process. They end when the permission is revoked."""

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
    """An open stream, and why it is allowed: by a login or a token."""

    video_id: UUID
    grant: Grant
    # Only for tokens; owners need neither.
    epoch: int | None = None
    member: tokens.RoomMember | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class _Running:
    def __init__(self) -> None:
        self.readings: set[Reading] = set()

    async def end_lapsed(self) -> None:
        """End the streams that are no longer allowed."""
        await grants.refresh()
        readings = list(self.readings)
        if not readings:
            return
        epochs = await _epochs({each.video_id for each in readings})
        viewings = {(each.member, each.video_id) for each in readings if each.member}
        holding = await in_database(tokens.valid_viewings)(viewings)
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
    """Register a stream during the block; gives the event that is set when it must end."""
    readings = _running.get().readings
    readings.add(reading)
    try:
        yield reading.ended
    finally:
        readings.discard(reading)


async def start() -> None:
    """Check the streams of this process after every revocation."""
    recheck.listen(_running.get().end_lapsed)


async def stop() -> None:
    """Stop checking."""
    running = _running.pop()
    if running is not None:
        recheck.unlisten(running.end_lapsed)
