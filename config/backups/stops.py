"""Error messages for operators when a backup or a restore stops half-way."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import CommandError

from config.backups.folder import CannotBackUp


@contextlib.contextmanager
def as_command_errors(folder: Path) -> Iterator[None]:
    """Turn errors of the work on ``folder`` into a CommandError of one line."""
    try:
        yield
    except CannotBackUp as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(
            f"{error.filename or folder}: {error.strerror}."
            " Fix that and run the command again: it continues where it stopped."
        ) from None
