"""Following the primary of a Valkey or Redis that Sentinels watch and fail over.

Every new connection asks the Sentinels where the primary is and makes sure that it is one
(https://redis.io/docs/latest/develop/reference/sentinel-clients/). While connections are used, the
Sentinels are asked again every second: they take up to ten seconds to demote a primary that still
runs, and what is written to it meanwhile is lost. Connections to a former primary are replaced the
next time they are used.
"""

import asyncio
import contextlib
import functools
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.asyncio import Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError

SCHEME = "redis+sentinel://"
DEFAULT_PORT = 26379
# Short, so that the next Sentinel is asked soon if a machine is gone without an answer.
ASK_TIMEOUT_S = 0.5
ASK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A primary, by the name that its Sentinels use."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    database: int = 0
    username: str | None = None
    password: str | None = None
    sentinel_password: str | None = None


def parse(url: str) -> Watched:
    """Read ``redis+sentinel://[user:password@]host[:port][,…]/service[/database]``.

    ``?sentinel_password=`` is for Sentinels that need one. Raises ValueError.
    """
    parts = urlsplit(url)
    credentials, _, places = parts.netloc.rpartition("@")
    username, _, password = credentials.partition(":")
    service, _, database = parts.path.removeprefix("/").partition("/")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    sentinel_password = options.pop("sentinel_password", None)
    if not service:
        raise ValueError("the service's name must follow the sentinels: /name")
    if database and not (database.isascii() and database.isdigit()):
        raise ValueError("the database after the service's name must be a number")
    if options:
        raise ValueError(f"there is no option {next(iter(options))}")
    return Watched(
        tuple(_place(text) for text in places.split(",")),
        service=unquote(service),
        database=int(database or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
        sentinel_password=sentinel_password,
    )


def _place(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port must be a number up to 65535") from None
    if not parts.hostname:
        raise ValueError("each sentinel is host:port, separated by commas")
    return parts.hostname, port or DEFAULT_PORT


class NoPrimary(RedisConnectionError):
    """No Sentinel answers with a primary of that name."""


class Primary:
    """The address of the primary, as last found."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.address: tuple[str, int] | None = None
        self._sentinels = list(watched.sentinels)
        self._asked_at_s = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    def keep_looking(self) -> None:
        """Ask again in the background, unless that was done recently."""
        now_s = time.monotonic()
        if now_s - self._asked_at_s >= ASK_EVERY_S:
            self._asked_at_s = now_s
            self._asking = asyncio.get_running_loop().create_task(self._refresh())

    async def _refresh(self) -> None:
        # A working primary is kept even if all its Sentinels are away.
        with contextlib.suppress(NoPrimary):
            await self.find()

    async def find(self) -> tuple[str, int]:
        """Ask the Sentinels, first the one that answered last; raise NoPrimary."""
        for place in list(self._sentinels):
            try:
                found = await self._ask(*place)
            except (RedisError, OSError):
                continue
            if found:
                self._sentinels.remove(place)
                self._sentinels.insert(0, place)
                self.address = found
                return found
        raise NoPrimary(f"no sentinel knows a primary named {self.watched.service}")

    async def _ask(self, host: str, port: int) -> tuple[str, int] | None:
        async with Redis(
            host=host,
            port=port,
            password=self.watched.sentinel_password,
            decode_responses=True,
            socket_timeout=ASK_TIMEOUT_S,
            socket_connect_timeout=ASK_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        ) as sentinel:
            answer = await sentinel.execute_command(  # type: ignore[no-untyped-call]
                "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.watched.service
            )
        return (answer[0], int(answer[1])) if answer else None


@functools.cache
def primary(url: str) -> Primary:
    """Return what this process knows about the primary behind ``url``."""
    return Primary(parse(url))


class PrimaryConnection(Connection):
    """A connection to the current primary; for ``connection_class``."""

    def __init__(self, *, sentinel_url: str, **options: Any) -> None:
        self._primary = primary(sentinel_url)
        watched = self._primary.watched
        super().__init__(
            db=watched.database, username=watched.username, password=watched.password, **options
        )

    async def connect(self) -> None:
        """Connect; a connection to a former primary is replaced."""
        if self.is_connected:
            self._primary.keep_looking()
            if (self.host, self.port) != self._primary.address:
                await self.disconnect()
        await super().connect()  # type: ignore[no-untyped-call]

    async def _connect(self) -> None:
        self.host, self.port = await self._primary.find()
        await super()._connect()  # type: ignore[no-untyped-call]

    async def on_connect_check_health(self, check_health: bool = True) -> None:
        await super().on_connect_check_health(check_health=check_health)
        await self.send_command("ROLE", check_health=False)
        role = (await self.read_response())[0]
        if role not in ("master", b"master"):
            # A Sentinel answered before it knew of the failover.
            raise RedisConnectionError(f"{self.host}:{self.port} is not the primary")

    async def read_response(self, *args: Any, **options: Any) -> Any:
        """Read one answer; drop the connection at once if the primary has become a replica."""
        try:
            return await super().read_response(*args, **options)
        except ReadOnlyError:
            await self.disconnect()
            raise
