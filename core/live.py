"""The connection to Redis, which holds the live state.

There is one client per event loop, because a redis.asyncio connection belongs to the loop that
opened it. Every failure to reach Redis is raised as ``LiveStateUnavailable``.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.exceptions import (
    AuthenticationError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.maint_notifications import MaintNotificationsConfig

from core import metrics, sentinel
from core.errors import Unavailable
from core.per_loop import PerLoop

log = structlog.get_logger(__name__)

T = TypeVar("T")

# How long Redis may take to answer.
ANSWER_S = 2.0

# How long to wait for what is published before asking again.
LISTEN_S = 1.0

# The prefix of the channel layer's keys in Redis.
LAYER_PREFIX = "layer"

# redis-py listens for maintenance notifications by default over TCP, and then hands out idle
# connections unchecked: after a restart of Redis, each old connection would fail one caller.
_OF_EACH_POOL: dict[str, Any] = {
    "maint_notifications_config": MaintNotificationsConfig(enabled=False)
}


class LiveStateUnavailable(Unavailable):
    """Redis cannot be reached or refuses to work; trying again later can help."""

    message = "The live state is unavailable just now. It comes back by itself."

    @property
    def may_be_done(self) -> bool:
        """Whether the connection broke: it may have been the answer that was lost on its way."""
        why = self.__cause__
        is_broken = isinstance(why, RedisConnectionError | OSError)
        return is_broken and not isinstance(why, TimeoutError)


def connect(url: str, *, answer_s: float | None = ANSWER_S) -> Redis:
    """Make a client for ``url`` with short time limits, because viewers wait for the answers."""
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_timeout": answer_s,
        "socket_connect_timeout": 1,
        "health_check_interval": 15,
        # If a thousand people join at once, they wait for a connection instead of failing.
        "max_connections": 32,
        "timeout": 5,
        **_OF_EACH_POOL,
    }
    if url.startswith(sentinel.SCHEME):
        return Redis.from_pool(
            BlockingConnectionPool(
                connection_class=sentinel.PrimaryConnection, sentinel_url=url, **options
            )
        )
    return Redis.from_pool(BlockingConnectionPool.from_url(url, **options))


class _Listening:
    """A connection that waits longer for what is published than channels-redis does.

    Asking again after 0.1 s takes nearly all of the processor time of a server without people.
    """

    async def read_response(
        self, disable_decoding: bool = False, timeout: float | None = None, **options: Any
    ) -> Any:
        """See ``AbstractConnection``."""
        if timeout is not None:
            timeout = max(timeout, LISTEN_S)
        return await super().read_response(disable_decoding, timeout, **options)  # type: ignore[misc]


def layer_host(url: str) -> dict[str, Any]:
    """Return the host entry that channels-redis needs for the Redis at ``url``."""
    options: dict[str, Any]
    if url.startswith(sentinel.SCHEME):
        kind: type[AbstractConnection] = sentinel.PrimaryConnection
        options = {"sentinel_url": url, "socket_connect_timeout": 1}
    else:
        options = {**parse_url(url)}
        kind = options.pop("connection_class", Connection)
    return {
        "connection_class": type(f"Listening{kind.__name__}", (_Listening, kind), {}),
        # redis-py's default socket_timeout of 5 s would kill a blocked receive.
        "socket_timeout": 30,
        **_OF_EACH_POOL,
        **options,
    }


def client() -> Redis:
    """Return this event loop's client for ``settings.REDIS_URL``."""
    return _clients.get()


def _connect() -> Redis:
    return connect(settings.REDIS_URL)


_clients = PerLoop(_connect)


class Untimed:
    """A client that keeps no time limits, for what is asked all the time.

    redis-py keeps them by a task for each write and a timer for each answer, and looks after its
    pool for each question. Together that costs more than the question, so here the caller keeps
    one time limit for the whole, and a connection of its own.
    """

    def __init__(self) -> None:
        self.client = connect(settings.REDIS_URL, answer_s=None)
        self._kept: dict[object, AbstractConnection] = {}

    async def take(self, owner: object) -> AbstractConnection:
        """Return a connection to be given back: the one kept for ``owner``, unless it is in use."""
        kept = self._kept.pop(owner, None)
        return kept or await self.client.connection_pool.get_connection()  # type: ignore[no-untyped-call]

    async def give_back(self, owner: object, connection: AbstractConnection) -> None:
        """Keep a connection for ``owner``, or close it if it was needed beside another one."""
        if self._kept.setdefault(owner, connection) is not connection:
            await connection.disconnect()
            await self.client.connection_pool.release(connection)


untimed = PerLoop(Untimed)


async def close() -> None:
    """Close this event loop's clients, if it has any."""
    redis, free = _clients.pop(), untimed.pop()
    for closing in (redis, free.client if free else None):
        if closing is not None:
            await closing.aclose()


class reaching_redis:  # noqa: N801 - read as a verb: ``async with reaching_redis(purpose)``
    """Give the client, and turn failures into ``LiveStateUnavailable``.

    A ResponseError is our own mistake in a command or script and passes through, except for
    those that mean that the server cannot work now.
    """

    __slots__ = ("_purpose",)

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose

    async def __aenter__(self) -> Redis:
        return client()

    async def __aexit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and _cannot_work(error):
            metrics.redis_errors.labels(self._purpose).inc()
            raise LiveStateUnavailable from error
        if isinstance(error, ResponseError):
            _note_type(error)


_wrong_types = PerLoop(asyncio.Event)


def wrong_types() -> asyncio.Event:
    """Return what is set when Redis has refused a command because of the type of a key."""
    return _wrong_types.get()


def _note_type(error: ResponseError) -> None:
    # In a pipeline, redis-py puts the command before it.
    if "WRONGTYPE" in str(error):
        wrong_types().set()


def _cannot_work(error: BaseException) -> bool:
    if isinstance(error, ResponseError) and not isinstance(error, ReadOnlyError):
        # redis-py removes the first word from the text of errors that it knows.
        word = error.status_code or _first_word(error)
        return word in ("OOM", "MISCONF", "NOREPLICAS", "CLUSTERDOWN", "MASTERDOWN")
    return isinstance(error, RedisError | OSError | TimeoutError) or _was_torn(error)


def _was_torn(error: BaseException) -> bool:
    """Tell whether another task closed the connection at the moment of a write.

    uvloop and redis-py have no error of their own for it.
    """
    if isinstance(error, RuntimeError):
        return "the handler is closed" in str(error)
    return isinstance(error, AttributeError) and error.name in ("writelines", "drain")


def _first_word(error: ResponseError) -> str:
    """Return the first word of what Redis said; in a pipeline, redis-py puts its own before it."""
    said = str(error).partition("of pipeline caused error: ")[2].lstrip("('\"") or str(error)
    return said.partition(" ")[0]


async def query_each(
    purpose: str,
    names: Iterable[str],
    ask: Callable[[Pipeline, str], object],
    read: Callable[[Any], T],
) -> dict[str, T]:
    """Call ``ask`` for each name in one pipeline; return by name what ``read`` makes of the answer.

    An answer that cannot be read, such as of a key of another type, counts as None, which is what
    Redis answers for a key that is not there: it must not harm the others.
    """
    names = list(names)
    async with reaching_redis(purpose), asyncio.timeout(ANSWER_S):
        pipeline = untimed.get().client.pipeline(transaction=False)
        for name in names:
            ask(pipeline, name)
        answers = await answers_of(pipeline)
    found = {}
    for name, answer in zip(names, answers, strict=True):
        try:
            found[name] = read(answer)
        except ValueError as error:
            log.error("what Redis holds cannot be read", purpose=purpose, of=name, why=str(error))
            found[name] = read(None)
    return found


async def answers_of(pipeline: Pipeline) -> list[Any]:
    """Execute a pipeline; return its answers, None for a command that a wrong key made fail.

    Call it within ``reaching_redis``: it raises if Redis itself cannot work.
    """
    answers = await pipeline.execute(raise_on_error=False)
    for position, answer in enumerate(answers):
        if isinstance(answer, Exception):
            if _cannot_work(answer):
                raise answer
            if isinstance(answer, ResponseError):
                _note_type(answer)
            log.error("Redis refuses a command", why=str(answer))
            answers[position] = None
    return answers


def refuses_us(error: BaseException) -> bool:
    """Tell whether Redis refuses to work for us, however long we wait.

    For example because of a wrong password, missing permissions, or an unknown database number.
    """
    # redis-py wraps errors that come while it connects.
    cause = error.__cause__
    return (
        isinstance(error, AuthenticationError)
        or (isinstance(error, ResponseError) and not _cannot_work(error))
        or (cause is not None and refuses_us(cause))
    )


async def check(purpose: str) -> None:
    """Raise LiveStateUnavailable unless Redis accepts a write.

    A replica, or a Redis whose memory or disk is full, answers PING but is of no use.
    """
    async with reaching_redis(purpose) as redis:
        await redis.set("health", "1", ex=60)


def place(url: str) -> str:
    """Return the address of the Redis in ``url``, without its password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path
