"""Shows a person's new name in their rooms."""

import json
from uuid import UUID

from core.database import in_database
from playback.clock import room_clock
from presence import store as presence
from rooms import bus
from rooms.stores import pending_changes, room_rows, snapshots
from rooms.tickets import RESUME_TTL
from rooms.upkeep import transitions


async def rename(user_id: UUID, name: str) -> None:
    """Show a person's new name in the rooms that they are in; raise LiveStateUnavailable."""
    now_ms = (await room_clock()).now_ms()
    kept_ms = int(RESUME_TTL.total_seconds() * 1000)
    for code in await in_database(room_rows.living_with)(user_id):
        if await presence.rename(code, str(user_id), name, now_ms=now_ms, kept_ms=kept_ms):
            await bus.publish(code, "presence", text=json.dumps([str(user_id), name]))
        if str(user_id) in (await snapshots.of(code)).called:
            # Nobody else may look like them, even while they are away.
            async with pending_changes.under_way(code):
                await in_database(room_rows.touch)(code)
                await transitions.announce_snapshot(code)
