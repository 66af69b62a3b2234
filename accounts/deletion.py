"""Deleting an account with everything it owns, also when a crash interrupts it.

Other packages own what people have: the composition root says who deletes it. The account is
disabled first, and its row is deleted last, so that an interrupted or failed deletion is resumed.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import grants, security_log
from accounts.models import User
from core import recheck
from core.database import in_database
from core.errors import StreamItError
from core.periodic import Periodic

log = structlog.get_logger(__name__)

# A storage that is away is asked again after this.
AGAIN_S = 600.0

Remover = Callable[[UUID], Awaitable[None]]

_removers: list[Remover] = []


def remove_also(*removers: Remover) -> None:
    """Have each of ``removers`` remove what it knows of an account, in this order.

    It may raise a StreamItError, which keeps the others from nothing; then it is called again
    later.
    """
    _removers[:] = removers


async def delete_on_request(user_id: UUID) -> list[StreamItError]:
    """Do what ``delete`` does because somebody wishes it, which the security log tells."""
    return await _delete(user_id, User.objects.all, is_traced=True) or []


async def delete(
    user_id: UUID, *, among: Callable[[], QuerySet[User]] = User.objects.all
) -> list[StreamItError] | None:
    """Remove an account and all it owns; return why some of it can only go later.

    Nobody is signed in to it any more when this returns, and all is gone in the end. None
    when it is not ``among`` those people any more: then it stays as it is.
    """
    return await _delete(user_id, among, is_traced=False)


async def _delete(
    user_id: UUID, among: Callable[[], QuerySet[User]], *, is_traced: bool
) -> list[StreamItError] | None:
    if not await _disable(user_id, among, is_traced):
        return None
    await recheck.ask()
    return await _remove(user_id, is_traced=is_traced)


@in_database
def _disable(user_id: UUID, among: Callable[[], QuerySet[User]], is_traced: bool) -> bool:
    with transaction.atomic():
        user = among().select_for_update(of=("self",)).filter(pk=user_id).first()
        if user is None:
            return False
        grants.end(grants.of_account(user))
        User.objects.filter(pk=user_id).update(
            is_active=False, epoch=user.epoch + 1, leaving_at=timezone.now()
        )
        if is_traced and user.is_active:
            security_log.note("account disabled", account=user_id)
        return True


async def _remove(user_id: UUID, *, is_traced: bool) -> list[StreamItError]:
    why: list[StreamItError] = []
    for remover in _removers:
        try:
            await remover(user_id)
        except StreamItError as error:
            log.warning("an account could not be removed yet", user=str(user_id), why=str(error))
            why.append(error)
    if not why:
        await in_database(_remove_row)(user_id, is_traced)
    return why


@transaction.atomic
def _remove_row(user_id: UUID, is_traced: bool) -> None:
    removed, _ = User.objects.filter(pk=user_id, leaving_at__isnull=False).delete()
    if removed and is_traced:
        security_log.note("account deleted", account=user_id)


async def finish() -> None:
    """Remove the accounts whose removal was cut short, or has failed before."""
    rows = User.objects.filter(leaving_at__isnull=False).order_by("leaving_at")
    for user_id in await in_database(lambda: list(rows.values_list("pk", flat=True)))():
        try:
            await _remove(user_id, is_traced=True)
        except Exception:
            # The others are not to wait for them.
            log.exception("an account cannot be removed", user=str(user_id))


_finishing = Periodic(
    finish,
    every_s=lambda: AGAIN_S,
    first_s=lambda: 0.0,
    failed="accounts could not be removed",
)
# Finish what was cut short, now and from now on.
start, stop = _finishing.start, _finishing.stop
