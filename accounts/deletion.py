"""Deleting an account with everything it owns, also when a crash interrupts it.

Other packages own people's data: the composition root registers what deletes it. The account is
disabled first and its row is deleted last, so that an interrupted or failed deletion is resumed.
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

# A deletion that failed, for example because a storage is away, is tried again after this.
AGAIN_S = 600.0

Remover = Callable[[UUID], Awaitable[None]]

_removers: list[Remover] = []


def remove_also(*removers: Remover) -> None:
    """Call each of ``removers``, in this order, to remove its data of a deleted account.

    A remover may raise a StreamItError: the others still run, and it is called again later.
    """
    _removers[:] = removers


async def delete_on_request(user_id: UUID) -> list[StreamItError]:
    """Delete an account because a person asked for it, with an entry in the security log."""
    return await _delete(user_id, User.objects.all, is_traced=True) or []


async def delete(
    user_id: UUID, *, among: Callable[[], QuerySet[User]] = User.objects.all
) -> list[StreamItError] | None:
    """Delete an account and everything it owns; return the errors of what can only go later.

    When this returns, nobody is signed in to it any more, and in the end everything is gone.
    Returns None, and changes nothing, if the account is no longer ``among`` those people.
    """
    return await _delete(user_id, among, is_traced=False)


async def _delete(
    user_id: UUID, among: Callable[[], QuerySet[User]], *, is_traced: bool
) -> list[StreamItError] | None:
    if not await _disable(user_id, among, is_traced):
        return None
    await recheck.trigger()
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
    """Finish deletions that were interrupted or have failed."""
    rows = User.objects.filter(leaving_at__isnull=False).order_by("leaving_at")
    for user_id in await in_database(lambda: list(rows.values_list("pk", flat=True)))():
        try:
            await _remove(user_id, is_traced=True)
        except Exception:
            # A failure must not stop the others.
            log.exception("an account cannot be removed", user=str(user_id))


_finishing = Periodic(
    finish,
    every_s=lambda: AGAIN_S,
    first_s=lambda: 0.0,
    failed="accounts could not be removed",
)
# Finish interrupted deletions, now and regularly.
start, stop = _finishing.start, _finishing.stop
