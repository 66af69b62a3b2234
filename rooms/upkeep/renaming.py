"""What rooms do when somebody takes another name."""

from uuid import UUID

from core.database import in_database
from presence import store as presence
from rooms import bus
from rooms.stores import records


async def rename(user_id: UUID, name: str) -> None:
    """Show a person's new name in the rooms that they are in; raise LiveStateUnavailable."""
    for code in await in_database(records.living_with)(user_id):
        if await presence.rename(code, str(user_id), name):
            await bus.publish(code, "presence")
