"""What an operator's tools ask: /healthz and /metrics, as raw ASGI applications.

They stand outside Django so that a load balancer may ask by any host name, and so that a
database which does not answer cannot hold up the answer.
"""

import asyncio
import json
import os
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.db import DatabaseError, connection
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from core import live
from core.errors import Unavailable
from core.metrics import tasks
from server.replies import reply

TIMEOUT_S = 2.0

# A thread of its own: a database that hangs must not take the threads uploads work in.
_database_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")


async def healthz(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer 200 when the database answers and Redis takes a write, else 503 naming what fails."""
    loop = asyncio.get_running_loop()
    names = ("database", "redis")
    reached = await asyncio.gather(
        _in_time(loop.run_in_executor(_database_thread, _reach_database)), _in_time(_reach_redis())
    )
    parts = {name: "ok" if ok else "unreachable" for name, ok in zip(names, reached, strict=True)}
    body = {"status": "ok" if all(reached) else "unavailable", **parts}
    await reply(
        scope,
        send,
        200 if all(reached) else 503,
        json.dumps(body).encode(),
        content_type="application/json",
    )


async def metrics(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer with the metrics of all server processes of this machine together."""
    tasks.set(len(asyncio.all_tasks()))
    body = await asyncio.to_thread(_collect)
    await reply(scope, send, 200, body, content_type=CONTENT_TYPE_LATEST)


def _collect() -> bytes:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    # The supervisor gives its processes a folder in which each keeps its values.
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


async def _in_time(check: Awaitable[None]) -> bool:
    try:
        await asyncio.wait_for(check, TIMEOUT_S)
    except (TimeoutError, DatabaseError, Unavailable):
        return False
    return True


def _reach_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


async def _reach_redis() -> None:
    async with live.reaching_redis("health") as redis:
        # A replica, or one whose memory or disk is full, answers PING and serves nobody.
        await redis.set("health", "1", ex=60)
