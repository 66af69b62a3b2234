"""Listeners for people who change their name. Rooms show names, and we do not know rooms."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from accounts.models import User, name_columns
from core.database import in_database

Listener = Callable[[UUID, str], Awaitable[None]]

_listeners: list[Listener] = []


def listen(*listeners: Listener) -> None:
    """Call each of ``listeners`` with the id and the new name of a person."""
    _listeners[:] = listeners


async def rename(user_id: UUID, display_name: str) -> User:
    """Change a person's name and return them; raise what a listener raises."""
    await in_database(User.objects.filter(pk=user_id).update)(**name_columns(display_name))
    for listener in _listeners:
        await listener(user_id, display_name)
    return await in_database(User.objects.get)(pk=user_id)
