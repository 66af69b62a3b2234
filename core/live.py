"""The connection to Redis, which holds the live truth.

One client per event loop, because a redis.asyncio connection belongs to the loop that
opened it. Every failure to reach Redis leaves this package as ``LiveStateUnavailable``.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from django.conf import settings
from redis.asyncio import BlockingConnectionPool, Redis
from redis.commands.core import AsyncScript
from redis.exceptions import (
    BusyLoadingError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from core import metrics, sentinel
from core.errors import Unavailable
from core.per_loop import PerLoop

# Of the names of the channel layer's channels in Redis.
LAYER_PREFIX = "layer"


class LiveStateUnavailable(Unavailable):
    """Redis cannot be reached or refuses to work; trying again later can help."""

    message = "The live state is unavailable just now. It comes back by itself."


def connect(url: str) -> Redis:
    """Make a client for ``url`` that gives up soon: a viewer waits for the answer."""
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_timeout": 2,
        "socket_connect_timeout": 1,
        "health_check_interval": 15,
        # A thousand people who join at once wait for a connection rather than fail.
        "max_connections": 32,
        "timeout": 5,
    }
    if url.startswith(sentinel.SCHEME):
        return Redis.from_pool(
            BlockingConnectionPool(
                connection_class=sentinel.PrimaryConnection, sentinel_url=url, **options
            )
        )
    return Redis.from_pool(BlockingConnectionPool.from_url(url, **options))


def layer_host(url: str) -> dict[str, Any]:
    """Return what channels-redis wants to know of the Redis at ``url``."""
    # redis-py's default socket_timeout of 5 s would kill a blocked receive.
    options = {"socket_timeout": 30}
    if url.startswith(sentinel.SCHEME):
        return {
            "connection_class": sentinel.PrimaryConnection,
            "sentinel_url": url,
            "socket_connect_timeout": 1,
            **options,
        }
    return {"address": url, **options}


def client() -> Redis:
    """Return this event loop's client for ``settings.REDIS_URL``."""
    return _clients.get()


def _connect() -> Redis:
    return connect(settings.REDIS_URL)


_clients = PerLoop(_connect)


async def close() -> None:
    """Close this event loop's client, if it has one."""
    redis = _clients.pop()
    if redis is not None:
        await redis.aclose()


@contextlib.asynccontextmanager
async def reaching_redis(purpose: str) -> AsyncIterator[Redis]:
    """Give the client; turn what goes wrong on the way into ``LiveStateUnavailable``.

    A ResponseError is our own mistake in a command or script and passes through, except
    those by which a server says that it cannot work now.
    """
    try:
        yield client()
    except (BusyLoadingError, ReadOnlyError) as error:
        metrics.redis_errors.labels(purpose).inc()
        raise LiveStateUnavailable from error
    except ResponseError as error:
        # redis-py takes the first word away from the text of errors that it knows.
        word = error.status_code or str(error).partition(" ")[0]
        if word in ("OOM", "MISCONF", "NOREPLICAS", "CLUSTERDOWN", "MASTERDOWN"):
            metrics.redis_errors.labels(purpose).inc()
            raise LiveStateUnavailable from error
        raise
    except (RedisError, OSError, TimeoutError) as error:
        metrics.redis_errors.labels(purpose).inc()
        raise LiveStateUnavailable from error


class Scripts:
    """The Lua scripts of one folder, by file name without the ending.

    redis-py sends EVALSHA and falls back to loading the script, so a flushed script
    cache or a restarted server mends itself.
    """

    def __init__(self, folder: Path) -> None:
        self._sources = {path.stem: path.read_text() for path in sorted(folder.glob("*.lua"))}

    def bind(self, redis: Redis, name: str) -> AsyncScript:
        """Return script ``name`` bound to ``redis``; KeyError when there is no such file."""
        return redis.register_script(self._sources[name])
