"""What an operator is told when a backup or a restore stops half-way."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import CommandError

from config.backups.folder import CannotBackUp


@contextlib.contextmanager
def telling_what_stops(folder: Path) -> Iterator[None]:
    """Raise CommandError, with one line, for what stops the work on ``folder`` inside."""
    try:
        yield
    except CannotBackUp as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(
            f"{error.filename or folder}: {error.strerror}."
            " Mend that and call the command again: it goes on where it stopped."
        ) from None
