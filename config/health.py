"""What an operator's tools ask: /healthz and /metrics, as raw ASGI applications.

They stand outside Django so that a load balancer may ask by any host name, and so that a
database which does not answer cannot hold up the answer.
"""

import asyncio
import contextlib
import hmac
import json
import os
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from django.conf import settings
from django.db import DatabaseError, connection
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from accounts.address import client_address
from core import disk, live
from core.errors import NotFound, Unavailable
from core.http import send_error
from core.metrics import disk_free_bytes, tasks
from processing import backlog, tallies
from server.replies import reply

TIMEOUT_S = 2.0

UNREACHABLE = "unreachable"

# Threads of their own: what hangs must not take those that uploads work in, nor each other's.
_database_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
_disk_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health-disk")


async def healthz(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer 200 when the database answers and Redis takes a write, else 503 naming what fails.

    A disk that fills up is told and is no failure: rooms and videos go on without it.
    """
    loop = asyncio.get_running_loop()
    states = await asyncio.gather(
        _in_time(loop.run_in_executor(_database_thread, _reach_database)),
        _in_time(_reach_redis()),
        _in_time(_state_of_disk()),
    )
    parts = dict(zip(("database", "redis", "disk"), states, strict=True))
    if UNREACHABLE in states:
        status = "unavailable"
    else:
        status = "ok" if parts["disk"] == "ok" else "degraded"
    body = {"status": status, **parts}
    await reply(
        scope,
        send,
        503 if status == "unavailable" else 200,
        json.dumps(body).encode(),
        content_type="application/json",
    )


async def metrics(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer with the metrics of all server processes of this machine together.

    To whom the settings allow it; there is nothing here for anybody else.
    """
    if not _may_read_metrics(scope):
        await send_error(send, NotFound())
        return
    tasks.set(len(asyncio.all_tasks()))
    with contextlib.suppress(TimeoutError, OSError):
        disk_free_bytes.set((await _look_at_disk()).free_bytes)
    of_jobs = b""
    with contextlib.suppress(TimeoutError, DatabaseError):
        loop = asyncio.get_running_loop()
        measuring = loop.run_in_executor(_database_thread, _measure_jobs)
        of_jobs = await asyncio.wait_for(measuring, TIMEOUT_S)
    body = await asyncio.to_thread(_collect) + of_jobs
    await reply(scope, send, 200, body, content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(scope: HTTPScope) -> bool:
    """Tell whether the request comes from a network of the settings, or brings their token."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    if settings.METRICS_TOKEN and any(hmac.compare_digest(value, wanted) for value in given):
        return True
    headers = {name for name, _ in scope["headers"]}
    if not settings.TRUSTED_PROXY and headers & {b"x-forwarded-for", b"forwarded"}:
        # A proxy asks for somebody whom we cannot know.
        return False
    try:
        address = ip_address(client_address(scope).partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in settings.METRICS_NETWORKS)


def _collect() -> bytes:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    # The supervisor gives its processes a folder in which each keeps its values.
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


async def _in_time(check: Awaitable[str]) -> str:
    try:
        return await asyncio.wait_for(check, TIMEOUT_S)
    except (TimeoutError, OSError, DatabaseError, Unavailable):
        return UNREACHABLE


async def _state_of_disk() -> str:
    return (await _look_at_disk()).state


async def _look_at_disk() -> disk.Disk:
    loop = asyncio.get_running_loop()
    look = loop.run_in_executor(_disk_thread, disk.look, settings.DATA_DIR)
    return await asyncio.wait_for(look, TIMEOUT_S)


def _reach_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    finally:
        connection.close()


def _measure_jobs() -> bytes:
    try:
        backlog.measure()
        return tallies.text()
    finally:
        connection.close()


async def _reach_redis() -> str:
    await live.check("health")
    return "ok"
