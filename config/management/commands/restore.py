"""``./streamit restore DIR``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from config.backups.restoring import restore
from config.backups.stops import as_command_errors
from config.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Put a backup into an empty data folder and an empty database, while StreamIt does not"
        " run there. An interrupted restore is resumed."
    )
    needs_database = False
    needs_present_database = False
    needs_redis = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("dir", type=Path, metavar="DIR", help="the backup")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raise CommandError."""
        with as_command_errors(options["dir"]):
            restore(options["dir"], say=self.say)
