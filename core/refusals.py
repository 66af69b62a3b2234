"""Logs and counts what somebody was refused, and tells listeners."""

from collections.abc import Callable

import structlog

from core import metrics
from core.errors import StreamItError

log = structlog.get_logger(__name__)

# Not signed in, not allowed, not by this method (OWASP ASVS 4.0.3, 14.5.1), too often.
_OF_WHO_MAY = (401, 403, 405, 429)

Listener = Callable[[StreamItError], None]

_listeners: list[Listener] = []


def note(error: StreamItError) -> None:
    """Note an error that is about to be sent; listeners hear of refusals.

    A 503 is logged: its message names the part, its cause says what was wrong. The log
    writes the same line only a few times a minute and counts the rest
    (config.log_bounds).
    """
    if error.status == 503:
        cause = type(error.__cause__).__name__ if error.__cause__ else ""
        log.warning("somebody was refused", code=error.code, message=error.message, cause=cause)
    elif error.status in _OF_WHO_MAY:
        metrics.refusals.labels(error.code).inc()
        for listener in _listeners:
            listener(error)


def listen(*listeners: Listener) -> None:
    """Call each of ``listeners`` when somebody may not do something, or did it too often."""
    _listeners[:] = listeners
