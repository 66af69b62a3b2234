"""Limits on the log, so that clients cannot flood it."""

import logging
import time
from collections import Counter
from collections.abc import MutableMapping
from typing import Any

from core.loggers import SECURITY

# The longest value in a log line; a path or a header may have many thousand characters.
VALUE_MAX = 500
# Enough for the important frames at both ends of a traceback.
TRACEBACK_MAX = 8000
WINDOW_S = 60.0
# The lines with the same text, and of the same kind, that are written in one window. Strangers can
# cause most kinds of warnings, each with other words.
SAME_MAX = 5
KIND_MAX = 200
WARNING_KIND_MAX = 20


def cut(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Shorten values of a log event that are too long, and add how long they were."""
    for key, value in event.items():
        if not isinstance(value, str | bool | int | float | None):
            event[key] = _shortened(str(value), VALUE_MAX)
        elif isinstance(value, str) and len(value) > VALUE_MAX:
            event[key] = _shortened(value, TRACEBACK_MAX if key == "exception" else VALUE_MAX)
    return event


def drop_hostile_traceback(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Leave out tracebacks of requests that Django refused, because anybody can cause them."""
    if str(event.get("logger", "")).startswith("django.security"):
        event.pop("exc_info", None)
    return event


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    head, tail = text[: most - most // 4], text[-(most // 4) :]
    return f"{head}… ({len(text)} characters) …{tail}"


class Repeats(logging.Filter):
    """Counts what repeats itself instead of writing it again; tells the count in the next window.

    Lines of the security log are all written: the limits on what they tell of bound them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._until_s = 0.0
        self._same: Counter[object] = Counter()
        self._kinds: Counter[object] = Counter()
        self._names: dict[object, str] = {}
        self._left_out: Counter[object] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether ``record`` is to be written."""
        if record.name == SECURITY:
            return True
        now_s = time.monotonic()
        if now_s > self._until_s:
            self._begin_window(now_s)
        kind, words, name = _describe(record)
        self._kinds[kind] += 1
        self._names.setdefault(kind, name)
        most = KIND_MAX if record.levelno < logging.WARNING else WARNING_KIND_MAX
        if self._kinds[kind] <= most:
            # More kinds are not counted, to limit memory.
            self._same[kind, words] += 1
            if self._same[kind, words] <= SAME_MAX:
                return True
        self._left_out[kind] += 1
        return False

    def _begin_window(self, now_s: float) -> None:
        left_out, self._left_out = self._left_out, Counter()
        names, self._names = self._names, {}
        self._same.clear()
        self._kinds.clear()
        self._until_s = now_s + WINDOW_S
        for kind, lines in left_out.items():
            logging.getLogger(__name__).warning("%d more lines like this: %s", lines, names[kind])


def _describe(record: logging.LogRecord) -> tuple[object, str, str]:
    """Return what kind of line it is, its words, and what to call it."""
    if isinstance(record.msg, dict):
        facts = {key: value for key, value in record.msg.items() if key != "timestamp"}
        name = str(facts.get("event", ""))
        return (record.name, record.levelno, name), repr(facts), name
    # Its text may contain what a stranger sent, so it is identified by its place in the code.
    kind = (record.name, record.levelno, record.pathname, record.lineno)
    words = record.getMessage()
    return kind, words, words[:80]
