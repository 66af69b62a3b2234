"""Logs which part of the server was away when a request was refused."""

import structlog

from core.errors import StreamItError

log = structlog.get_logger(__name__)


def note(error: StreamItError) -> None:
    """Log a refusal with 503: its message names the part, its cause says what was wrong.

    The log writes the same line only a few times a minute and counts the rest
    (config.log_bounds).
    """
    if error.status == 503:
        cause = type(error.__cause__).__name__ if error.__cause__ else ""
        log.warning("somebody was refused", code=error.code, message=error.message, cause=cause)
