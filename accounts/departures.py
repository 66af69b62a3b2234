"""Deleting a person with all they own.

Videos and rooms are owned by people, and we know neither: the composition root brings in what
removes them.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from accounts import services
from accounts.models import User
from core import recheck
from core.database import in_database

Remover = Callable[[UUID], Awaitable[None]]

_removers: list[Remover] = []


def remove_with(*removers: Remover) -> None:
    """Call these, in order, with the id of everybody who is deleted."""
    _removers.extend(each for each in removers if each not in _removers)


async def delete(*, user_id: UUID) -> None:
    """Delete a person with all they own: first what they signed in with, their row last.

    Raises what a remover raises, with the person disabled: it may be called again. Nothing
    happens when there is no such person.
    """
    if not await in_database(User.objects.filter(pk=user_id).exists)():
        return
    await in_database(services.set_active)(user_id=user_id, active=False)
    # Sockets and streams end now, so that nothing is added to what is removed.
    await recheck.ask()
    for remove in _removers:
        await remove(user_id)
    await in_database(User.objects.filter(pk=user_id).delete)()
