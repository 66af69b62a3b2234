"""Sends a stored file over HTTP, from any storage provider."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog
from asgiref.typing import (
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPResponseBodyEvent,
    HTTPScope,
)

from core.errors import BadRequest
from core.http import ErrorReply, error_reply, start
from library.serve.content import Content
from library.serve.loop_sharing import next_turn
from library.serve.nginx import nginx_place
from library.serve.ranges import Plan, Representation, evaluate, http_date
from library.storage.base import UNKNOWN_TIME, Readable, Refused, StorageError, check_complete
from library.storage.web import OURS
from server.breaking_off import break_off

log = structlog.get_logger(__name__)


class PreconditionFailed(BadRequest):
    code = "precondition_failed"
    status = 412
    message = "The file is not the one you asked about."


class RangeNotSatisfiable(BadRequest):
    code = "range_not_satisfiable"
    status = 416
    message = "The file has no such bytes."


# How long a file, or a connection to it, stays open for a viewer who takes nothing.
HOLD_S = 30.0
DATE_LAG = timedelta(seconds=2)
_REFUSALS = {error.status: error() for error in (PreconditionFailed, RangeNotSatisfiable)}


async def send_file(
    scope: HTTPScope,
    receive: ASGIReceiveCallable,
    send: ASGISendCallable,
    *,
    storage: Readable,
    key: str,
    size_bytes: int | None,
    mime_type: str,
    headers: Mapping[str, str],
    content_headers: Mapping[str, str],
    ended: asyncio.Event,
) -> None:
    """Answer a GET or HEAD for the bytes under ``key``, of which there should be ``size_bytes``.

    ``headers`` go with every answer, ``content_headers`` with the content. Raises StorageError,
    before anything is sent, if the bytes are not available. Holds at most one chunk in memory, and
    closes the file as soon as the client is gone, or when it has taken nothing for HOLD_S; then it
    continues when the client does. Stops when ``ended`` is set.
    """
    fields = fields_of(scope)
    if storage.kind == "link" and OURS in fields.get("via", ""):
        # A server that we asked leads back to us: we would ask it again and again.
        raise Refused("A link must not lead to another link.")
    storage = await storage.one_version(key)
    stat = await storage.stat(key)
    if size_bytes is not None:
        # Players would wait for what lies behind the end, and nobody would know why.
        check_complete(storage, stat, size_bytes)
    now = datetime.now(UTC)
    target = Representation(
        stat.size_bytes, stat.etag, _last_modified(stat.modified, now), mime_type
    )
    plan = evaluate(
        scope["method"],
        target,
        fields,
        new_boundary=lambda: f"streamit-{secrets.token_hex(16)}",
        now=now,
    )
    if plan.status in _REFUSALS:
        await _refuse(scope, send, plan, headers)
        return
    about = {**_about(target), **headers}
    if plan.status != HTTPStatus.NOT_MODIFIED:
        about |= {**_about_content(plan), **content_headers}
    if scope["method"] == "GET" and (place := nginx_place(storage, key, target, plan, fields)):
        # nginx sets length and range itself.
        about |= {"X-Accel-Redirect": place, "Content-Length": "0"}
        about.pop("Content-Range", None)
        await _send_without_content(send, HTTPStatus.OK, about)
        return
    if scope["method"] == "HEAD" or not plan.length:
        await _send_without_content(send, plan.status, about)
        return
    content = Content(storage, key, stat.etag, plan.pieces)
    await while_there(scope, receive, ended, _send_content(send, content, plan, about))


async def _refuse(
    scope: HTTPScope, send: ASGISendCallable, plan: Plan, headers: Mapping[str, str]
) -> None:
    extra = {"Accept-Ranges": "bytes", **headers}
    if plan.content_range:
        extra["Content-Range"] = plan.content_range
    await send_reply(scope, send, error_reply(_REFUSALS[plan.status]), extra)


async def _send_without_content(
    send: ASGISendCallable, status: int, headers: Mapping[str, str]
) -> None:
    await start(send, status, headers)
    await send_chunk(send, b"", more=False)


async def send_reply(
    scope: HTTPScope, send: ASGISendCallable, reply: ErrorReply, extra: Mapping[str, str]
) -> None:
    """Send a complete ``reply`` with ``extra`` headers; only the headers for a HEAD request."""
    length = {"Content-Length": str(len(reply.body))}
    await start(send, reply.status, {**reply.headers, **length, **extra})
    body = b"" if scope["method"] == "HEAD" else reply.body
    await send_chunk(send, body, more=False)


async def send_options(send: ASGISendCallable, headers: Mapping[str, str]) -> None:
    """Answer OPTIONS with nothing but ``headers``."""
    await start(send, HTTPStatus.NO_CONTENT, headers)
    await send_chunk(send, b"", more=False)


def fields_of(scope: HTTPScope) -> dict[str, str]:
    """Return the fields of the request; repeated ones form a list (RFC 9110 section 5.3)."""
    fields: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _last_modified(modified: datetime, now: datetime) -> datetime | None:
    """Return the date of the last change, if it may be sent.

    It must not be later than the answer's Date (RFC 9110 section 8.8.2.1), which servers update
    once a second; and clocks of other machines differ.
    """
    return modified if UNKNOWN_TIME < modified <= now - DATE_LAG else None


def _about(target: Representation) -> dict[str, str]:
    date = {"Last-Modified": http_date(target.modified)} if target.modified else {}
    return {
        "Accept-Ranges": "bytes",
        "ETag": target.etag,
        **date,
        # Browsers may cache it but must revalidate each time, because the permission can end.
        # Proxies must not compress or transcode it, which would change the meaning of ranges.
        "Cache-Control": "private, no-cache, no-transform",
        "X-Content-Type-Options": "nosniff",
    }


def _about_content(plan: Plan) -> dict[str, str]:
    headers = {"Content-Type": plan.content_type or "", "Content-Length": str(plan.length)}
    if plan.content_range:
        headers["Content-Range"] = plan.content_range
    return headers


async def _send_content(
    send: ASGISendCallable, content: Content, plan: Plan, about: Mapping[str, str]
) -> None:
    """Send the answer at the speed at which the client takes it."""
    async with contextlib.aclosing(content):
        # Opens the file before the status is sent, while a failure can still be reported.
        chunk: bytes | None = await anext(content)
        try:
            await _taken(lambda: start(send, plan.status, about), content)
            while chunk is not None:
                if chunk:
                    await send_chunk(send, chunk, more=True)
                    # Nothing more is read until it is taken: a slow viewer holds one chunk.
                    await _taken(lambda: send_chunk(send, b"", more=True), content)
                    # Neither sending nor reading may have waited: let the others have their turn.
                    await next_turn()
                chunk = await anext(content, None)
            await send_chunk(send, b"", more=False)
        except StorageError:
            # Too late for a status: the client sees by the length that something is missing.
            log.warning("reading broke off while sending", exc_info=True)
        except OSError:
            pass  # ASGI servers may report like this that the client is gone


async def _taken(sending: Callable[[], Awaitable[None]], content: Content) -> None:
    """Wait with an event that can be repeated until the client takes more.

    The event is empty or the first, so after HOLD_S it can be cancelled, the file closed, and the
    event sent again. So a viewer who takes nothing holds no open file.
    """
    try:
        async with asyncio.timeout(HOLD_S):
            await sending()
    except TimeoutError:
        await content.let_go()
        await sending()


async def send_chunk(send: ASGISendCallable, chunk: bytes, *, more: bool) -> None:
    await send(HTTPResponseBodyEvent(type="http.response.body", body=chunk, more_body=more))


async def while_there(
    scope: HTTPScope,
    receive: ASGIReceiveCallable,
    ended: asyncio.Event,
    work: Coroutine[Any, Any, None],
) -> None:
    """Do ``work``, which answers, until it is done, the client is gone or ``ended`` is set.

    It stops even while a slow storage hangs. An answer that is not complete then is broken off.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_until_gone(receive))
    over = asyncio.ensure_future(ended.wait())
    try:
        await asyncio.wait({working, gone, over}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        over.cancel()
        working.cancel()
        await asyncio.wait({working})
    if not working.cancelled():
        working.result()
    break_off(scope)


async def _until_gone(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
