"""What is kept of browsers in which nobody is signed in any more."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts import deletion, services
from accounts.models import SignIn, User
from accounts.retention import BROWSERS, GUESTS
from core.errors import NotAuthenticated

ACCOUNT = {"email": "ann@example.org", "password": "a long enough password", "display_name": "Ann"}


@pytest.fixture(autouse=True)
def nothing_else_is_owned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has rooms or videos here."""
    # Tests that come after these have the wiring again.
    monkeypatch.setattr(deletion, "_removers", [])


async def a_guest(name: str, *, last_used_at: datetime) -> User:
    """A guest who came long ago and was last seen at a time."""
    long_ago = timezone.now() - timedelta(days=400)
    user = await User.objects.acreate(display_name=name, is_guest=True, created_at=long_ago)
    await SignIn.objects.acreate(user=user, source=f"session:{name}", last_used_at=last_used_at)
    return user


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guests_stay", [timedelta(days=10), timedelta(days=90)])
async def test_a_browser_is_forgotten_once_it_neither_signs_in_nor_keeps_a_guest(
    settings: Any, guests_stay: timedelta
) -> None:
    settings.GUEST_EXPIRY, settings.SESSION_COOKIE_AGE = guests_stay, 30 * 24 * 3600
    kept = max(guests_stay, timedelta(days=30))
    now = timezone.now()
    for name, not_seen_for in (("stays", kept - timedelta(days=1)), ("goes", kept * 2)):
        await a_guest(name, last_used_at=now - not_seen_for)

    assert await BROWSERS.remove() == 1
    assert [row.source async for row in SignIn.objects.all()] == ["session:stays"]
    assert await GUESTS.remove() == (1 if guests_stay >= timedelta(days=30) else 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("returns", ["is seen", "makes an account"])
async def test_a_guest_who_comes_back_while_others_are_removed_stays(
    settings: Any, returns: str
) -> None:
    settings.GUEST_EXPIRY = timedelta(days=90)
    long_ago = timezone.now() - timedelta(days=300)
    first, second = [await a_guest(name, last_used_at=long_ago) for name in ("first", "second")]

    async def come_back(removed: UUID) -> None:
        other = second if removed == first.pk else first
        if returns == "is seen":
            await SignIn.objects.filter(user=other).aupdate(last_used_at=timezone.now())
        else:
            await services.register(**ACCOUNT, guest_id=other.pk)

    deletion.remove_also(come_back)
    assert await GUESTS.remove() == 1
    assert (await User.objects.aget()).is_active


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("live")
async def test_a_guest_who_is_being_removed_makes_no_account_of_it() -> None:
    guest = await a_guest("gone", last_used_at=timezone.now())
    await User.objects.filter(pk=guest.pk).aupdate(is_active=False, leaving_at=timezone.now())
    with pytest.raises(NotAuthenticated):
        await services.register(**ACCOUNT, guest_id=guest.pk)
    assert (await User.objects.aget()).is_guest


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("live")
async def test_whoever_cannot_be_removed_keeps_nobody_else_from_it() -> None:
    now = timezone.now()
    first, _second = [await a_guest(name, last_used_at=now) for name in ("first", "second")]
    await User.objects.aupdate(is_active=False, leaving_at=now)
    await User.objects.filter(pk=first.pk).aupdate(leaving_at=now - timedelta(days=1))

    async def remove(user_id: UUID) -> None:
        if user_id == first.pk:
            raise ValueError("nobody expected this")

    deletion.remove_also(remove)
    await deletion.finish()
    assert (await User.objects.aget()).pk == first.pk
