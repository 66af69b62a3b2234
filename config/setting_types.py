"""How the values of settings are written: durations, lists, addresses."""

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, HttpUrl
from pydantic_settings import NoDecode

from core import sentinel

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(value: Any) -> Any:
    """Read ``90s``, ``2m``, ``500ms``, ``12h`` or ``7d``; ValueError for anything else."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", value.strip())
    if not match:
        raise ValueError("give a number with its unit: ms, s, m, h or d, for example 90s")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def parse_list(value: Any) -> Any:
    """Read a comma-separated list; empty parts are dropped."""
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("must be positive")
    return value


def _begins_with(*beginnings: str) -> AfterValidator:
    """Accept nothing, or a URL with one of these beginnings."""

    def check(value: str) -> str:
        if value and not value.startswith(beginnings):
            raise ValueError(f"must begin with {' or '.join(beginnings)}")
        if "#" in value:
            raise ValueError("holds a #, which ends a URL: write %23 for one in a password")
        if value.startswith(sentinel.SCHEME):
            sentinel.parse(value)
            return value
        try:
            _ = urlsplit(value).port
        except ValueError:
            raise ValueError("the port must be a number up to 65535") from None
        return value

    return AfterValidator(check)


def _has_no_path(value: HttpUrl) -> HttpUrl:
    if (value.path or "/") != "/" or value.query or value.fragment:
        raise ValueError("must end with the host or port: StreamIt cannot be served below a path")
    return value


def _networks(value: list[str]) -> list[str]:
    for each in value:
        try:
            ip_network(each)
        except ValueError as error:
            raise ValueError(f"{error}; give networks such as 10.0.0.0/8") from None
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_positive)]
DatabaseUrl = Annotated[str, _begins_with("postgres://", "postgresql://", "sqlite://")]
RedisUrl = Annotated[str, _begins_with("redis://", "rediss://", "unix://", sentinel.SCHEME)]
PublicUrl = Annotated[HttpUrl, AfterValidator(_has_no_path)]
StringList = Annotated[list[str], NoDecode, BeforeValidator(parse_list)]
Networks = Annotated[StringList, AfterValidator(_networks)]
