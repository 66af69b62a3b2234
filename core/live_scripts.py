"""Lua scripts that Redis runs, and round trips that several calls share."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

from hiredis import pack_command
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError, ResponseError

from core.live import ANSWER_S, client, untimed


class Scripts:
    """The Lua scripts of a folder, by file name without the extension.

    redis-py sends EVALSHA and loads the script if it is missing, so a flushed script cache or a
    restarted server is no problem.
    """

    def __init__(self, folder: Path) -> None:
        # For bytes, redis-py computes the SHA-1 without a client, so it is computed once.
        self._scripts = {
            path.stem: AsyncScript(cast("Redis", None), path.read_bytes())
            for path in sorted(folder.glob("*.lua"))
        }

    def bind(self, client: Redis, name: str) -> Callable[..., Awaitable[Any]]:
        """Return script ``name`` bound to a client or pipeline; raise KeyError if there is none."""
        return partial(self._scripts[name], client=client)

    def sharing(self, name: str) -> "SharedRoundTrips":
        """Return script ``name`` for calls that may share round trips."""
        return SharedRoundTrips(self._scripts[name])


# A round trip takes a millisecond, or some tens on a busy machine.
_HANGS_S = 0.1
_MOST_TRIPS = 4


class _Call(NamedTuple):
    packed: bytes
    keys: Sequence[str]
    args: Sequence[str | float]
    answer: "asyncio.Future[Any]"


class SharedRoundTrips:
    """Calls of one script by many tasks of one loop, several of them in one round trip to Redis.

    Calls made during a round trip go with the next one. So with little load a call waits for
    nobody, and with much load it costs half. If a connection hangs, a second round trip begins
    beside it, so calls may overtake each other.
    """

    def __init__(self, script: AsyncScript) -> None:
        self._script = script
        self._waiting: list[_Call] = []
        self._under_way = 0
        self._last_began_s = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def call(self, *, keys: Sequence[str], args: Sequence[str | float]) -> Any:
        """Return the result of the script; raise what redis-py raises."""
        loop = asyncio.get_running_loop()
        # Packed here, so that a call that cannot be packed fails alone.
        packed = _pack(self._script, keys, args)
        call = _Call(packed, keys, args, loop.create_future())
        self._waiting.append(call)
        if self._under_way == 0:
            self._begin()
        elif self._watch is None:
            self._watch = loop.call_at(self._last_began_s + _HANGS_S, self._look)
        return await call.answer

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._under_way += 1
        self._last_began_s = loop.time()
        task = loop.create_task(self._travel())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _look(self) -> None:
        """If a round trip hangs, begin another one for the calls that wait for its end."""
        self._watch = None
        if not self._waiting or self._under_way == _MOST_TRIPS:
            return
        loop = asyncio.get_running_loop()
        hangs_from_s = self._last_began_s + _HANGS_S
        if loop.time() < hangs_from_s:
            self._watch = loop.call_at(hangs_from_s, self._look)
        else:
            self._begin()

    async def _travel(self) -> None:
        """Make round trips until no calls wait."""
        try:
            while self._waiting:
                calls, self._waiting = self._waiting, []
                self._last_began_s = asyncio.get_running_loop().time()
                try:
                    found = await self._ask(calls)
                except Exception as error:
                    found = [error] * len(calls)
                _pass_on(found, calls)
        finally:
            self._under_way -= 1

    async def _ask(self, calls: list[_Call]) -> list[Any]:
        free = untimed.get()
        async with asyncio.timeout(ANSWER_S):
            connection = await free.take(self)
            try:
                # It may have been closed since the last time.
                await free.client.connection_pool.ensure_connection(connection)
                await connection.send_packed_command([call.packed for call in calls])
                found = [await _next_answer(connection) for _ in calls]
            finally:
                await free.give_back(self, connection)
        for position, call in enumerate(calls):
            if isinstance(found[position], NoScriptError):
                # The script did not run. Called through redis-py it is loaded.
                again = self._script(keys=call.keys, args=call.args, client=client())
                [found[position]] = await asyncio.gather(again, return_exceptions=True)
        return found


def _pack(script: AsyncScript, keys: Sequence[str], args: Sequence[str | float]) -> bytes:
    words = ("EVALSHA", script.sha, len(keys), *keys, *args)
    # The type stub means a tuple of any length.
    packed: bytes = pack_command(words)  # type: ignore[arg-type]
    return packed


async def _next_answer(connection: AbstractConnection) -> Any:
    """Return Redis's next answer, which may be an error; wait without a time limit."""
    try:
        return await connection.read_response(timeout=math.inf)
    except ResponseError as error:
        return error


def _pass_on(found: list[Any], calls: list[_Call]) -> None:
    for call, answer in zip(calls, found, strict=True):
        if call.answer.done():
            # Its task was cancelled meanwhile.
            continue
        if isinstance(answer, Exception):
            call.answer.set_exception(answer)
        else:
            call.answer.set_result(answer)
