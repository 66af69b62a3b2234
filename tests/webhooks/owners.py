"""People with webhooks."""

from typing import Any

from django.test import AsyncClient

from accounts.models import User
from core import signing
from core.announcements import Event
from core.database import in_database
from tests.accounts import people
from webhooks.models import Webhook


@in_database
def a_webhook(owner: User, url: str, *events: Event, of_everybody: bool = False) -> Webhook:
    return Webhook.objects.create(
        owner=owner,
        address=url,
        events=list(events),
        of_everybody=of_everybody,
        secret=signing.new_secret(),
    )


class Owner:
    """Somebody signed in who looks after webhooks over REST."""

    def __init__(self, session: str) -> None:
        self.client = AsyncClient()
        self.client.cookies["sessionid"] = session

    async def ask(self, method: str, path: str = "", body: Any = None) -> Any:
        extra = {} if body is None else {"data": body, "content_type": "application/json"}
        return await getattr(self.client, method)(f"/api/v1/webhooks{path}", **extra)


async def signed_in(user: User) -> Owner:
    return Owner(await people.session_of(user))
