"""Room snapshots: made from the rows, kept in Redis, and only replaced by newer ones.

Their key is ``room:{code}:snapshot``.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db.models import Q

from core import live, live_values
from core.coalescing import Shared
from core.database import in_database
from core.live_scripts import Scripts
from core.per_loop import PerLoop
from playback.clock import room_clock
from playback.commands import Wait
from rooms.errors import NoSuchRoom
from rooms.lifecycle import Deadline, Status
from rooms.models import Membership, MembershipStatus, Room
from rooms.names import Names
from rooms.server_messages import Waiting
from rooms.snapshot import RoomSnapshot
from rooms.stores import deadlines
from rooms.tickets import RESUME_TTL

FORGOTTEN_AFTER = timedelta(days=1)
# By then every token that was issued before a kick has expired, however slowly the kick was
# stored. Or the snapshot of a kept room would grow with everybody ever kicked.
EXPULSION_MATTERS_FOR = RESUME_TTL + timedelta(hours=1)

_scripts = Scripts(Path(__file__).parent / "scripts")


def key(code: str) -> str:
    """Return the key of a room's snapshot."""
    return f"room:{{{code}}}:snapshot"


async def of(code: str) -> RoomSnapshot:
    """Return the room's snapshot, made from the database if Redis has none; raise NoSuchRoom.

    People who come at the same time to a room without a snapshot share the work.
    """
    return await _reading.get().do(code)


async def _load_or_refresh(code: str) -> RoomSnapshot:
    return await load(code) or await refresh(code)


_reading = PerLoop(lambda: Shared(_load_or_refresh, rest_s=0))


async def refresh(code: str) -> RoomSnapshot:
    """Make the room's snapshot from the database and store it; raise NoSuchRoom."""
    now_ms = (await room_clock()).now_ms()
    snapshot = await in_database(make)(code, now_s=now_ms / 1000)
    running = await deadlines.running(code)
    # A deadline from before the room was kept has no effect.
    if snapshot.status is Status.GRACE and not snapshot.held(now_ms):
        snapshot = snapshot.model_copy(update={"grace_ends_at": running.get(Deadline.GRACE)})
    await save(snapshot)
    return snapshot


def make(code: str, *, now_s: float) -> RoomSnapshot:
    """Make the room's snapshot from its rows, without the grace deadline; raise NoSuchRoom.

    ``now_s`` is room time. Blocks: call it from a worker thread.
    """
    try:
        room = Room.objects.select_related("host").get(code=code)
    except Room.DoesNotExist:
        raise NoSuchRoom from None
    since = datetime.fromtimestamp(now_s, UTC) - EXPULSION_MATTERS_FOR
    rows = _memberships_shown(room, expelled_since=since)
    called = {str(room.host_id): room.host.display_name}
    called |= {str(m.user_id): m.user.display_name for m in rows if m.cohost}
    names = Names.of(called)
    return RoomSnapshot(
        version=room.version,
        called=called,
        code=room.code,
        name=room.name,
        visibility=room.visibility,
        entry=room.entry,
        capacity=room.capacity,
        chat_open=room.chat_open,
        slow_mode_s=room.slow_mode_s,
        succession=room.succession,
        wait=Wait(room.wait),
        wait_timeout_s=room.wait_timeout_s,
        kept=room.kept,
        starts_at_s=room.starts_at.timestamp() if room.starts_at else None,
        status=Status(room.status),
        muted=frozenset(str(m.user_id) for m in rows if m.muted),
        banned=frozenset(str(m.user_id) for m in rows if m.admission == MembershipStatus.BANNED),
        expelled={
            str(m.user_id): m.expelled_at.timestamp()
            for m in rows
            if m.expelled_at and m.expelled_at > since
        },
        waiting=tuple(
            Waiting(id=str(m.user_id), name=names.shown(str(m.user_id), m.user.display_name))
            for m in rows
            if m.admission == MembershipStatus.PENDING
        ),
    )


def _memberships_shown(room: Room, *, expelled_since: datetime) -> list[Membership]:
    """Return the memberships that appear in a snapshot, with their users, in order."""
    # Ordinary members, who are nearly all, do not appear in it.
    more = (
        Q(muted=True)
        | Q(cohost=True)
        | Q(expelled_at__gt=expelled_since)
        | Q(admission__in=(MembershipStatus.BANNED, MembershipStatus.PENDING))
    )
    rows = Membership.objects.filter(more, room=room)
    return list(rows.select_related("user").order_by("asked_at", "pk"))


async def load(code: str) -> RoomSnapshot | None:
    """Return the room's snapshot from Redis, or None if it must be made."""
    read = RoomSnapshot.model_validate_json
    return await live_values.load("snapshot", key(code), "snapshot", read)


async def save(snapshot: RoomSnapshot) -> None:
    """Store a snapshot unless Redis has a newer one."""
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
    return await live.query_each(
        "snapshot",
        codes,
        lambda each, code: each.hget(key(code), "version"),
        lambda version: int(version or 0),
    )
