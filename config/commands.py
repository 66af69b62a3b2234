"""The base of the operators' commands of ``./streamit``."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection

from config import external_services, migrations
from core import live
from core.database import DATABASE_AWAY, is_full
from core.errors import StreamItError

NOT_UP_TO_DATE = "DATABASE_URL: the database is not up to date; start StreamIt with it first"


class OperatorCommand(BaseCommand):
    """A command on the data folder that ``--data`` or STREAMIT_DATA names."""

    requires_system_checks = []
    # SQLite would create a missing file.
    needs_database = True
    # The database of a newer or older version would fail somewhere on the way.
    needs_present_database = True
    # Other commands report it only if they need Redis.
    needs_redis = False
    # Django's own options are of no use to operators.
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
        return super().create_parser("streamit", subcommand.replace("_", "-"), **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_data(parser)

    def add_data(self, parser: CommandParser, **options: Any) -> None:
        """Let ``parser`` accept ``--data``, which manage.py has read already for the settings."""
        about = "folder of all data (STREAMIT_DATA, or var)"
        parser.add_argument("--data", type=Path, help=about, **options)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; raise CommandError with one line that says what is wrong."""
        try:
            if self.needs_database:
                _check_database()
            external_services.wait_for_database(self.say)
            if self.needs_redis:
                external_services.wait_for_redis(self.say)
            if self.needs_present_database and not migrations.is_up_to_date():
                raise CommandError(NOT_UP_TO_DATE)
            return super().execute(*args, **options)
        except StreamItError as error:
            raise CommandError(error_text(error)) from None
        except DATABASE_AWAY as error:
            why = "the disk is full" if is_full(error) else " ".join(str(error).split())
            raise CommandError(f"DATABASE_URL: cannot use the database: {why}") from None
        except ProgrammingError as error:  # PostgreSQL's, for a table or column
            raise CommandError(f"{NOT_UP_TO_DATE}: {' '.join(str(error).split())}") from None

    def say(self, line: str) -> None:
        """Print a line for the person at the terminal."""
        self.stdout.write(line)
        self.stdout.flush()


def error_text(error: StreamItError) -> str:
    """Return the text of ``error`` for an operator."""
    if isinstance(error, live.LiveStateUnavailable):
        # The text for users promises that it comes back by itself.
        if settings.ENV.redis_url:
            return f"REDIS_URL: the Redis at {live.place(settings.ENV.redis_url)} does not answer."
        return (
            f"StreamIt does not run with {settings.DATA_DIR}, and with it the live state: start it."
        )
    fields = {name: why.removesuffix(".") for name, why in (error.fields or {}).items()}
    return error.message + "".join(f" {name}: {why}." for name, why in fields.items())


def _check_database() -> None:
    """Raise CommandError if there is no SQLite file."""
    path = Path(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or path.exists():
        return
    if settings.ENV.database_url:
        raise CommandError(f"DATABASE_URL: there is no database {path}")
    raise CommandError(
        f"--data: {settings.DATA_DIR} is no data folder of StreamIt; name the one that there is,"
        " also by STREAMIT_DATA"
    )
