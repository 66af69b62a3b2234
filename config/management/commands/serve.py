"""``manage.py serve``: one server process on a listening socket it inherits."""

import contextlib
import os
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config import external_services, migrations
from config.backups.folder import RESTORING
from config.environment import WrongSetting
from core.processes import IS_MIGRATED, MIGRATES, WAITS
from server import addresses, run


class Command(BaseCommand):
    help = "Serve on a listening socket given by its file descriptor; ./streamit up starts these."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fd", type=int, required=True, help="the listening socket")
        parser.add_argument(
            "--migrate", type=int, metavar="FD", help="first update the database, and tell so there"
        )

    def handle(self, *, fd: int, migrate: int | None, **_options: Any) -> None:
        listener = socket.socket(fileno=fd)
        if not settings.RATE_LIMITS and not addresses.is_loopback(listener):
            raise WrongSetting("STREAMIT_RATE_LIMITS: off is allowed only on a loopback --host")
        if (settings.DATA_DIR / RESTORING).exists():
            raise WrongSetting(
                f"STREAMIT_DATA: a restore into {settings.DATA_DIR} was not finished; call"
                " ./streamit restore again"
            )
        if migrate is not None:

            def tell(line: str) -> None:
                _write(migrate, WAITS)
                self.stdout.write(line)
                self.stdout.flush()

            external_services.wait_for_database(tell)
            external_services.wait_for_redis(tell)
            migrations.apply_missing(lambda: _write(migrate, MIGRATES))
            _write(migrate, IS_MIGRATED)
        if settings.SERVER == "daphne":
            # Imported here: Twisted takes its time, and installs an event loop of its own.
            from config import asgi
            from server import daphne

            daphne.serve(asgi.application, listener)
        else:
            run.serve("config.asgi:application", listener)


def _write(pipe: int, what: bytes) -> None:
    # Once everything runs nobody reads it: it may be full of what later starts have told.
    with contextlib.suppress(OSError):
        os.write(pipe, what)
