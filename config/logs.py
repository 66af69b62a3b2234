"""Structured logs: one line an event, with room and member, never a token."""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# Query strings carry tickets and media tokens; whoever logs a URL must not log those.
_SECRET_QUERY = re.compile(r"((?:ticket|token|resume)=)[^&\s\"']+")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the value of every secret query parameter in a log event."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET_QUERY.sub(r"\1…", value)
    return event


def configure_logging(*, level: str, as_json: bool) -> None:
    """Route structlog and the standard library's logging through one format to stderr."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
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
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        renderer,
                    ],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level.upper()},
            # uvicorn logs each accepted socket with its ticket at INFO, httpx2 each address.
            "loggers": {
                **{
                    name: {"level": "WARNING"}
                    for name in (
                        "uvicorn.error",
                        "uvicorn.access",
                        "daphne",
                        "httpx2",
                        "httpcore2",
                        "asyncio",
                    )
                },
                # It logs a traceback for every second that Redis is away; the hub says it once.
                "channels_redis.pubsub": {"level": "CRITICAL"},
            },
        }
    )
