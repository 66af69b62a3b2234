"""``manage.py account``: end what somebody signed in with, or their use of the account."""

import asyncio
import contextlib
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from accounts import security_log, services
from accounts.models import User
from core import live, recheck

_EVENTS = {
    "disable": "account disabled",
    "enable": "account enabled",
    "sign-out": "signed out everywhere",
}


class Command(BaseCommand):
    help = "Disable or enable an account, or sign its owner out everywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["disable", "enable", "sign-out"])
        parser.add_argument("account", help="e-mail address or id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and have the servers end sockets and streams; raise CommandError."""
        user = _find(options["account"])
        if options["action"] == "sign-out":
            services.sign_out_everywhere(user_id=user.pk)
        else:
            services.set_active(user_id=user.pk, active=options["action"] == "enable")
        security_log.record(_EVENTS[options["action"]], account=user.pk)
        asyncio.run(_tell())
        self.stdout.write(f"{options['action']}: {user.display_name} ({user.pk})")


async def _tell() -> None:
    await recheck.ask()
    await live.close()


def _find(text: str) -> User:
    wanted = Q(email=text.lower())
    with contextlib.suppress(ValueError):
        wanted |= Q(pk=UUID(text))
    user = User.objects.filter(wanted).first()
    if user is None:
        raise CommandError(f"There is no account {text}.")
    return user
