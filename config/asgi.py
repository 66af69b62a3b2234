"""The composition root: which application answers which path, and the startup hooks."""

import asyncio
import os
import re
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
import structlog
from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    LifespanScope,
    LifespanShutdownCompleteEvent,
    LifespanStartupCompleteEvent,
    LifespanStartupFailedEvent,
    Scope,
    WebSocketScope,
)
from channels.routing import URLRouter

# What is imported below may import models.
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.urls import re_path  # noqa: E402

from accounts import deletion, refusal_log, security_log  # noqa: E402
from accounts.address import limit_subject  # noqa: E402
from config import health, retention, web, wiring  # noqa: E402
from config.environment import WrongSetting  # noqa: E402
from config.errors import translate  # noqa: E402
from config.handler import Handler  # noqa: E402
from config.security_headers import with_security_headers  # noqa: E402
from core import fair_queue, live, recheck  # noqa: E402
from core.errors import BadRequest  # noqa: E402
from core.http import send_error  # noqa: E402
from core.per_loop import PerLoop  # noqa: E402
from library import sweep  # noqa: E402
from library.receive.subtitle_upload import upload_subtitles  # noqa: E402
from library.receive.tus import tus  # noqa: E402
from library.receive.upload_api import upload  # noqa: E402
from library.serve import open_streams  # noqa: E402
from library.serve.hls import stream_parts  # noqa: E402
from library.serve.renditions import send_rendition  # noqa: E402
from library.serve.stream import stream  # noqa: E402
from library.storage import registry as storage  # noqa: E402
from playback.sources import registry as sources  # noqa: E402
from rooms.live import hub  # noqa: E402
from rooms.routing import websocket_urlpatterns  # noqa: E402
from server.body_limit import limit_body  # noqa: E402
from webhooks import sender  # noqa: E402

log = structlog.get_logger(__name__)

wiring.check_secret_key()

Hook = Callable[[], Awaitable[None]]
HttpApplication = Callable[[HTTPScope, ASGIReceiveCallable, ASGISendCallable], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Mount:
    """A raw ASGI application for some or all methods of a path; Django has all others.

    Raw, because Django spools a whole request body before any view runs and reads a whole
    file to send it. Named groups of ``path`` arrive as ``scope["url_route"]["kwargs"]``.
    """

    methods: frozenset[str] | None
    path: re.Pattern[str]
    app: HttpApplication


def _mount(methods: str | None, path: str, app: HttpApplication) -> Mount:
    return Mount(frozenset(methods.split()) if methods else None, re.compile(path), app)


MOUNTS = [
    _mount("GET HEAD", r"/healthz", health.healthz),
    _mount("GET HEAD", r"/metrics", health.metrics),
    _mount("POST", r"/api/v1/videos", upload),
    _mount(
        "GET HEAD POST PUT PATCH DELETE OPTIONS",
        r"/api/v1/uploads(?:/(?P<upload_id>[^/]+))?",
        tus,
    ),
    _mount(None, r"/api/v1/videos/(?P<video_id>[^/]+)/stream", stream),
    _mount("POST", r"/api/v1/videos/(?P<video_id>[^/]+)/subtitles", upload_subtitles),
    _mount(
        None,
        # One key that PostgreSQL refuses would fail all queries in the same batch.
        r"/media/(?P<token>[^/]+)/(?P<video_id>[^/]+)/v(?P<version>[0-9]{1,9})"
        r"/(?P<name>[A-Za-z0-9._-]{1,64})",
        send_rendition,
    ),
    _mount(
        None,
        r"/api/v1/videos/(?P<video_id>[^/]+)/hls/(?P<token>[^/]+)/(?P<part>[^/]+)",
        stream_parts,
    ),
]

# RFC 9110 section 9.2.1: they change nothing.
_ONLY_READ = frozenset({"GET", "HEAD", "OPTIONS"})

wiring.connect()

try:
    sources.adapters()
except ImproperlyConfigured as error:
    # A wrong path in the setting stops the start, not the first visitor.
    raise WrongSetting(str(error)) from None

# In order. The first failing startup hook ends the process; every shutdown hook runs.
STARTUP: list[Hook] = [
    sweep.start,
    hub.start,
    open_streams.start,
    security_log.start,
    recheck.start,
    deletion.start,
    retention.start,
    sender.start,
]
SHUTDOWN: list[Hook] = [
    sender.stop,
    retention.stop,
    deletion.stop,
    recheck.stop,
    refusal_log.stop,
    security_log.stop,
    open_streams.stop,
    sweep.stop,
    hub.stop,
    live.close,
    storage.close,
]


async def refuse(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Close a socket to an unknown path before it opens: the client sees a 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1000, "reason": None})


# re_path is typed for views; URLRouter calls what it finds as an ASGI application.
websocket_application = URLRouter([*websocket_urlpatterns, re_path(r"", cast("Any", refuse))])
django_application = cast("ASGI3Application", Handler())
http_application = web.with_static_files(limit_body(django_application), settings.WEB_DIST)


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Run the hooks, and answer connections in between."""
    if scope["type"] == "lifespan":
        await _live_through(scope, receive, send)
        return
    started = _startup.get()
    if not started.done():
        # Daphne by itself has no lifespan events: the first request waits for the hooks.
        await _started_late(started)
    await route(scope, receive, send)


async def route(
    scope: HTTPScope | WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Pass a connection to the application that answers it."""
    security_log.set_scope(scope)
    refusal_log.set_account(None)
    fair_queue.set_asker(limit_subject(scope))
    if scope["type"] == "websocket":
        await websocket_application(scope, receive, send)
    else:
        await _answer(scope, receive, with_security_headers(scope, send))


async def _answer(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    hosts = sum(name == b"host" for name, _ in scope["headers"])
    if hosts > 1 or (not hosts and scope["http_version"] != "1.0"):
        # RFC 9112 section 3.2: behind a proxy we must not guess which one is meant.
        await send_error(send, BadRequest("A request must have one Host field."))
        return
    for mount in MOUNTS:
        if mount.methods is not None and scope["method"] not in mount.methods:
            continue
        if match := mount.path.fullmatch(scope["path"]):
            cast("dict[str, Any]", scope)["url_route"] = {"kwargs": match.groupdict()}
            await _with_error_shape(mount.app, scope, receive, send)
            return
    if scope["method"] not in _ONLY_READ:
        hub.receive_request()
    await http_application(scope, receive, send)


async def _with_error_shape(
    app: HttpApplication, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Run a raw application; exceptions before its answer become an error reply."""
    started = False

    async def watched_send(event: ASGISendEvent) -> None:
        nonlocal started
        started = True
        await send(event)

    try:
        await app(scope, receive, watched_send)
    except Exception as error:
        if started:
            raise
        await send_error(send, translate(error))


async def _start() -> None:
    try:
        for hook in STARTUP:
            await hook()
    except Exception:
        log.exception("startup failed")
        raise


async def _started_late(started: asyncio.Task[None]) -> None:
    """Wait for the startup hooks; end the process if one fails, as other servers do."""
    try:
        await asyncio.shield(started)
    except Exception:
        signal.raise_signal(signal.SIGTERM)
        raise


# The hooks' task of each loop.
_startup = PerLoop(lambda: asyncio.get_running_loop().create_task(_start()))


async def _live_through(
    scope: LifespanScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Run the startup hooks, wait for the end, run the shutdown hooks."""
    await receive()
    try:
        await _startup.get()
    except Exception as error:
        await send(LifespanStartupFailedEvent(type="lifespan.startup.failed", message=str(error)))
        return
    await send(LifespanStartupCompleteEvent(type="lifespan.startup.complete"))
    await receive()
    for hook in SHUTDOWN:
        try:
            await hook()
        except Exception:
            log.exception("shutdown hook failed")
    await send(LifespanShutdownCompleteEvent(type="lifespan.shutdown.complete"))
