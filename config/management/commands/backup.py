"""``./streamit backup DIR``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.backups.folder import CannotBackUp
from config.backups.making import back_up
from config.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Copy the database, the videos of local storages and the secret key into an empty folder,"
        " also while people watch. One that was broken off is gone on with."
    )

    needs_present_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("dir", type=Path, metavar="DIR", help="where to; it must be empty")
        parser.add_argument(
            "--link-dest",
            type=Path,
            metavar="DIR",
            help="an earlier backup: files that it has are linked to, and take no room twice",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raise CommandError."""
        try:
            back_up(options["dir"], link_dest=options["link_dest"], say=self.say)
        except CannotBackUp as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(
                f"{error.filename or options['dir']}: {error.strerror}."
                " Mend that and call the command again: it goes on where it stopped."
            ) from None
