"""/healthz and /metrics for operators' tools, as raw ASGI applications.

They are outside Django, so that a load balancer can use any host name, and a database that hangs
cannot delay the answer.
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

# Separate threads: a check that hangs must not occupy those of uploads or of other checks.
_database_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
_disk_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health-disk")


async def healthz(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer 200 if the database answers and Redis accepts a write, or 503 naming what fails.

    A full disk is reported but is not a failure: rooms and videos still work.
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

    Only for clients that the settings allow; others get 404.
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
    """Tell whether the client is in an allowed network or sends the configured token."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    if settings.METRICS_TOKEN and any(hmac.compare_digest(value, wanted) for value in given):
        return True
    headers = {name for name, _ in scope["headers"]}
    if not settings.TRUSTED_PROXY and headers & {b"x-forwarded-for", b"forwarded"}:
        # A proxy asks on behalf of a client that we do not know.
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
    # The supervisor gives its processes a folder for their values.
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
