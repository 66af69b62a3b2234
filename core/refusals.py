"""Says in the log of which part somebody was refused because it does not work now."""

import structlog

from core.errors import StreamItError

log = structlog.get_logger(__name__)


def note(error: StreamItError) -> None:
    """Log a refusal with 503: its words name the part, and its cause says what was wrong.

    The log writes the same line a few times a minute and counts the rest (config.log_bounds).
    """
    if error.status == 503:
        cause = type(error.__cause__).__name__ if error.__cause__ else ""
        log.warning("somebody was refused", code=error.code, message=error.message, cause=cause)
