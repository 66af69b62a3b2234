"""What is kept of browsers in which nobody is signed in any more."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import SignIn, User
from accounts.retention import BROWSERS, GUESTS


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guests_stay", [timedelta(days=10), timedelta(days=90)])
async def test_a_browser_is_forgotten_once_it_neither_signs_in_nor_keeps_a_guest(
    settings: Any, guests_stay: timedelta
) -> None:
    settings.GUEST_EXPIRY, settings.SESSION_COOKIE_AGE = guests_stay, 30 * 24 * 3600
    kept = max(guests_stay, timedelta(days=30))
    now = timezone.now()
    for name, not_seen_for in (("stays", kept - timedelta(days=1)), ("goes", kept * 2)):
        user = await User.objects.acreate(
            display_name=name, is_guest=True, created_at=now - timedelta(days=400)
        )
        await SignIn.objects.acreate(
            user=user, source=f"session:{name}", last_used_at=now - not_seen_for
        )

    assert await BROWSERS.remove() == 1
    assert [row.source async for row in SignIn.objects.all()] == ["session:stays"]
    assert await GUESTS.remove() == (1 if guests_stay >= timedelta(days=30) else 2)
