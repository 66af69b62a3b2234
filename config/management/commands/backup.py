"""``./streamit backup DIR``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from config.backups.making import back_up
from config.backups.stops import as_command_errors
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
        with as_command_errors(options["dir"]):
            back_up(options["dir"], link_dest=options["link_dest"], say=self.say)
