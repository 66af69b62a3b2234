"""Structured logs: one line for each event, with room and member but never a token."""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from config.log_bounds import Repeats, cut, drop_hostile_traceback
from core.loggers import SECURITY

# Query strings contain tickets and media tokens, which must not be logged with a URL.
_SECRET_QUERY = re.compile(r"((?:ticket|token|resume)=)[^&\s\"']+")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the value of every secret query parameter in a log event."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET_QUERY.sub(r"\1…", value)
    return event


# uvicorn logs each accepted socket with its ticket at INFO, httpx2 each address.
_TALKATIVE = ("uvicorn.error", "uvicorn.access", "daphne", "httpx2", "httpcore2", "asyncio")


def configure_logging(*, level: str, as_json: bool, file: Path | None) -> None:
    """Route structlog and the standard library's logging through one format to ``file``.

    That is stderr where there is none. A file is opened anew when the supervisor has put it
    aside (launch.log_rotation).
    """
    output: dict[str, Any] = {"class": "logging.StreamHandler"}
    if file is not None:
        output = {"class": "logging.handlers.WatchedFileHandler", "filename": str(file)}
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_hostile_traceback,
        structlog.processors.format_exc_info,
        redact,
        cut,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structured = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": shared,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": structured},
            "filters": {"repeats": {"()": Repeats}},
            "handlers": {
                "output": {**output, "formatter": "structured", "filters": ["repeats"]},
            },
            "root": {"handlers": ["output"], "level": level.upper()},
            "loggers": {
                SECURITY: {"level": "INFO"},
                **{name: {"level": "WARNING"} for name in _TALKATIVE},
                # It logs a traceback every second while Redis is away; the hub reports that once.
                "channels_redis.pubsub": {"level": "CRITICAL"},
            },
        }
    )
