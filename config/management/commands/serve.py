"""``manage.py serve``: one server process on a listening socket it inherits."""

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config import migrations
from config.backups.folder import RESTORING
from config.environment import WrongSetting
from server import addresses, run


class Command(BaseCommand):
    help = "Serve on a listening socket given by its file descriptor; ./streamit up starts these."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fd", type=int, required=True, help="the listening socket")
        parser.add_argument("--migrate", action="store_true", help="first update the database")

    def handle(self, *, fd: int, migrate: bool, **_options: Any) -> None:
        listener = socket.socket(fileno=fd)
        if not settings.RATE_LIMITS and not addresses.is_loopback(listener):
            raise WrongSetting("STREAMIT_RATE_LIMITS: off is allowed only on a loopback --host")
        if (settings.DATA_DIR / RESTORING).exists():
            raise WrongSetting(
                f"STREAMIT_DATA: a restore into {settings.DATA_DIR} was not finished; call"
                " ./streamit restore again"
            )
        if migrate:
            migrations.bring_up_to_date()
        if settings.SERVER == "daphne":
            # Imported here: Twisted takes its time, and installs an event loop of its own.
            from config import asgi
            from server import daphne

            daphne.serve(asgi.application, listener)
        else:
            run.serve("config.asgi:application", listener)
