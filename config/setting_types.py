"""Parsing and checking the values of settings."""

import os
import re
import shutil
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl
from pydantic_settings import NoDecode
from redis.asyncio import ConnectionPool

from core import sentinel
from server import addresses

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

# The range in which dates can be computed (datetime.MINYEAR, MAXYEAR).
_LONGEST = timedelta(days=36_500)
_TOO_LONG = f"must be at most {_LONGEST.days}d, which is a hundred years"
# JSON numbers are exact up to here (RFC 8259, 6), and columns of the database have room for it.
_MOST_BYTES = 2**53


def parse_duration(value: Any) -> Any:
    """Read ``90s``, ``2m``, ``500ms``, ``12h`` or ``7d``; ValueError for anything else."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", value.strip())
    if not match:
        raise ValueError("give a number with its unit: ms, s, m, h or d, for example 90s")
    try:
        return timedelta(**{_UNITS[match[2]]: float(match[1])})
    except OverflowError:
        raise ValueError(_TOO_LONG) from None


def parse_positive_duration(value: Any) -> timedelta:
    """Read a positive duration that dates can be computed with; ValueError for any other."""
    return _checked(parse_duration(value))


def parse_list(value: Any) -> Any:
    """Read a comma-separated list; empty parts are dropped."""
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _nothing_if_none(value: Any) -> Any:
    """Read ``none`` as the empty list: an empty value stands for the default."""
    return [] if isinstance(value, str) and value.strip().lower() == "none" else value


def _checked(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("must be positive")
    if value > _LONGEST:
        raise ValueError(_TOO_LONG)
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


def _names_a_database(value: str) -> str:
    parts = urlsplit(value)
    if value and not parts.path.strip("/"):
        if parts.scheme == "sqlite":
            raise ValueError("names no file: sqlite:///path, or sqlite:////absolute/path")
        # A service file of PostgreSQL's may name it.
        if "service=" not in parts.query:
            raise ValueError("names no database: postgres://user:password@host/name")
    return value


def _redis_takes(value: str) -> str:
    """Accept URLs that redis-py accepts; it finds some faults only when it connects, or never."""
    if not value or value.startswith(sentinel.SCHEME):
        return value
    parts = urlsplit(value)
    if parts.scheme == "unix":
        if not parts.path:
            raise ValueError("names no socket: unix:///path")
    elif not re.fullmatch(r"(/[0-9]*)?", parts.path):
        raise ValueError("the database after the host must be a number")
    try:
        pool = ConnectionPool.from_url(value)
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError) as error:
        raise ValueError(str(error)) from None
    return value


def _hosts(value: list[str]) -> list[str]:
    for each in value:
        if not addresses.is_host(each):
            raise ValueError(
                f"{each} is no host name as browsers send it: without scheme, port or path, in"
                " letters of ASCII, an IPv6 address in [brackets], .example.org for all below it"
            )
    return value


def _program(value: str) -> str:
    """Return the full path of a program: it may be run from another folder, without our PATH."""
    if not value:
        return value
    found = shutil.which(value)
    if found is None:
        raise ValueError(f"there is no program {value}")
    return str(Path(found).absolute())


def _log_file(value: Path) -> Path:
    try:
        value.open("a").close()
    except OSError as error:
        raise ValueError(f"cannot write to {value}: {error.strerror}") from None
    return value


def _work_folder(value: Path) -> Path:
    there = value.absolute()
    while not there.exists():
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(f"cannot make files in {value}")
    return value


def _has_no_path(value: HttpUrl) -> HttpUrl:
    if value.username or value.password:
        raise ValueError("must be without a user name")
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


Duration = Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_checked)]
Bytes = Annotated[int, Field(le=_MOST_BYTES)]
DatabaseUrl = Annotated[
    str,
    _begins_with("postgres://", "postgresql://", "sqlite://"),
    AfterValidator(_names_a_database),
]
RedisUrl = Annotated[
    str,
    _begins_with("redis://", "rediss://", "unix://", sentinel.SCHEME),
    AfterValidator(_redis_takes),
]
PublicUrl = Annotated[HttpUrl, AfterValidator(_has_no_path)]
StringList = Annotated[list[str], NoDecode, BeforeValidator(parse_list)]
Networks = Annotated[StringList, BeforeValidator(_nothing_if_none), AfterValidator(_networks)]
Hosts = Annotated[StringList, AfterValidator(_hosts)]
Endpoint = Annotated[str, _begins_with("http://", "https://")]
Program = Annotated[str, AfterValidator(_program)]
LogFile = Annotated[Path, AfterValidator(_log_file)]
WorkFolder = Annotated[Path, AfterValidator(_work_folder)]
