"""``./streamit backup DIR``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from config.backups.making import back_up
from config.backups.stops import as_command_errors
from config.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Copy the database, videos and the secret key into an empty folder, also while people"
        " watch. An interrupted backup is resumed."
    )

    needs_present_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "dir", type=Path, metavar="DIR", help="folder of the backup; new or empty"
        )
        parser.add_argument(
            "--link-dest",
            type=Path,
            metavar="DIR",
            help="an earlier backup; unchanged files become hard links to it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raise CommandError."""
        with as_command_errors(options["dir"]):
            back_up(options["dir"], link_dest=options["link_dest"], say=self.say)
