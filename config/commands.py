"""What the commands of ``./streamit`` that operators use have in common."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.database import DATABASE_AWAY, is_full
from core.errors import StreamItError


class OperatorCommand(BaseCommand):
    """A command on the data folder that ``--data`` or STREAMIT_DATA names."""

    requires_system_checks = []
    # Django's own options mean nothing to an operator.
    suppressed_base_arguments = {
        "--version",
        "--verbosity",
        "--settings",
        "--pythonpath",
        "--traceback",
        "--no-color",
        "--force-color",
        "--skip-checks",
    }

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Make the parser, which calls the command as people do."""
        return super().create_parser("streamit", subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_data(parser)

    def add_data(self, parser: CommandParser, **options: Any) -> None:
        """Let ``parser`` take what manage.py has read already: the settings depend on it."""
        about = "folder of all data (STREAMIT_DATA, or var)"
        parser.add_argument("--data", type=Path, help=about, **options)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; raise CommandError with one line for what is wrong."""
        try:
            return super().execute(*args, **options)
        except StreamItError as error:
            fields = "".join(f" {name}: {why}." for name, why in (error.fields or {}).items())
            raise CommandError(error.message + fields) from None
        except DATABASE_AWAY as error:
            why = "the disk is full" if is_full(error) else " ".join(str(error).split())
            raise CommandError(f"DATABASE_URL: cannot use the database: {why}") from None

    def say(self, line: str) -> None:
        """Tell the person at the terminal."""
        self.stdout.write(line)
        self.stdout.flush()
