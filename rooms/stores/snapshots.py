"""Room snapshots in Redis: ``room:{code}:snapshot``, replaced by newer ones only."""

from datetime import timedelta
from pathlib import Path

from core import live
from core.coalescing import Shared
from core.database import in_database
from core.per_loop import PerLoop
from playback.clock import room_clock
from rooms.lifecycle import Deadline, Status
from rooms.snapshot import RoomSnapshot
from rooms.stores import deadlines, records

FORGOTTEN_AFTER = timedelta(days=1)

_scripts = live.Scripts(Path(__file__).parent / "scripts")


def key(code: str) -> str:
    """Return the key of a room's snapshot."""
    return f"room:{{{code}}}:snapshot"


async def of(code: str) -> RoomSnapshot:
    """Return the room's snapshot, made anew if Redis has none; raise NoSuchRoom.

    A crowd that comes to a room of which nothing is known yet shares the reading and making.
    """
    return await _reading.get().do(code)


async def _load_or_refresh(code: str) -> RoomSnapshot:
    return await load(code) or await refresh(code)


_reading = PerLoop(lambda: Shared(_load_or_refresh, rest_s=0))


async def refresh(code: str) -> RoomSnapshot:
    """Make the room's snapshot anew and store it; raise NoSuchRoom."""
    snapshot = await in_database(records.snapshot)(code)
    running = await deadlines.running(code)
    # A deadline that was set before the room was kept will change nothing.
    if snapshot.status is Status.GRACE and not snapshot.held((await room_clock()).now_ms()):
        snapshot = snapshot.model_copy(update={"grace_ends_at": running.get(Deadline.GRACE)})
    await save(snapshot)
    return snapshot


async def load(code: str) -> RoomSnapshot | None:
    """Return the room's snapshot, or None when it must be made from the database."""
    async with live.reaching_redis("snapshot") as redis:
        text = await redis.hget(key(code), "snapshot")
    return RoomSnapshot.model_validate_json(text) if text else None


async def save(snapshot: RoomSnapshot) -> None:
    """Store a snapshot unless a newer one is there."""
    async with live.reaching_redis("snapshot") as redis:
        await _scripts.bind(redis, "snapshot")(
            keys=[key(snapshot.code)],
            args=[
                snapshot.version,
                snapshot.model_dump_json(),
                int(FORGOTTEN_AFTER.total_seconds()),
            ],
        )


async def versions(codes: list[str]) -> dict[str, int]:
    """Return the version of each room's snapshot, in one round trip."""
    async with live.reaching_redis("snapshot") as redis:
        pipeline = redis.pipeline(transaction=False)
        for code in codes:
            pipeline.hget(key(code), "version")
        found = await pipeline.execute()
    return {code: int(version or 0) for code, version in zip(codes, found, strict=True)}
