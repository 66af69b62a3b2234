"""``GET /api/v1/videos/{id}/hls/{token}/{part}``: an HLS stream from another server.

Every address in a playlist becomes a signed name, so that a token gives access to the parts of its
stream and nothing else. Names are relative, because the token is in the path.
"""

import asyncio
import base64
import binascii
import contextlib
import json
from collections.abc import Mapping
from functools import partial
from typing import Any, cast
from uuid import UUID

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from django.core.signing import BadSignature, Signer

from core.errors import MethodNotAllowed, StreamItError
from core.http import INERT, error_reply, start
from library import services, sharing, tokens
from library.models import Video
from library.schemas import why_original_unplayable
from library.serve.open_streams import Reading, while_reading
from library.serve.playlists import playlist_of
from library.serve.responder import (
    HOLD_S,
    fields_of,
    send_chunk,
    send_options,
    send_reply,
    while_there,
)
from library.storage import registry
from library.storage.base import Refused, StorageError
from library.storage.remote import Document, RemoteStorage
from library.storage.threads import in_turn
from library.storage.web import OURS
from media import hls
from media.kinds import HLS
from server.breaking_off import break_off

INDEX = f"index.{HLS.extension}"
_METHODS = "GET, OPTIONS"
_PIECE_BYTES = 64 * 1024
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "private, no-store",
    **INERT,
}
_PREFLIGHT = {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Allow-Headers": "Range"}


def link(video_id: UUID, token: str) -> str:
    """Return the relative address at which ``token`` plays the stream."""
    return f"/api/v1/videos/{video_id}/hls/{token}/{INDEX}"


def link_of_original(video: Video, token: str) -> str:
    """Return the address at which ``token`` plays the original of ``video``."""
    if video.mime_type == HLS.mime_type:
        return link(video.pk, token)
    address = tokens.link(video.pk, token)
    # Without this parameter, a converted copy is sent once there is one.
    return f"{address}&original=1" if why_original_unplayable(video) else address


async def stream_parts(
    scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Send a playlist or a part of the video named in ``scope["url_route"]``."""
    try:
        if scope["method"] == "OPTIONS":
            await send_options(send, {**_HEADERS, **_PREFLIGHT, "Allow": _METHODS})
            return
        if scope["method"] != "GET":
            raise MethodNotAllowed("A stream can only be read.")
        await _answer(scope, receive, send)
    except StreamItError as error:
        await send_reply(scope, send, error_reply(error), _HEADERS)


async def _answer(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    route: dict[str, str] = cast("Any", scope)["url_route"]["kwargs"]
    video_id = services.parse_id(route["video_id"])
    video, media_grant = await sharing.find_shared_video(video_id=video_id, token=route["token"])
    if video.mime_type != HLS.mime_type:
        raise services.VideoNotFound
    fields = fields_of(scope)
    if OURS in fields.get("via", ""):
        # A server that we asked leads back to us: we would ask it again and again.
        raise Refused("A link must not lead to another link.")
    names = _names_of(str(video_id))
    part = route["part"]
    text = services.source_of(video).key if part == INDEX else _read(names, part)
    remote = registry.remote()
    if part.endswith(f".{HLS.extension}"):
        make = partial(_make, remote, text, names)
        await _send_playlist(send, await playlist_of(video, text, make))
        break_off(scope)
        return
    reading = Reading(video_id, media_grant.grant, media_grant.epoch, media_grant.member)
    with while_reading(reading) as ended:
        passing = _pass_on(send, remote, text, fields.get("range"))
        await while_there(scope, receive, ended, passing)


def _names_of(video_id: str) -> Signer:
    return Signer(salt=f"library.hls:{video_id}", sep="~")


def _name(names: Signer) -> hls.Name:
    def name(address: str, variables: Mapping[str, str] | None) -> str:
        # The variables for the playlist there are in its name, on a separate line.
        text = f"{address}\n{json.dumps(variables)}" if variables else address
        packed = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return names.sign(packed) + ("" if variables is None else f".{HLS.extension}")

    return name


def _read(names: Signer, part: str) -> str:
    """Return the address and variables in ``part``; raise VideoNotFound if it is not signed."""
    try:
        packed = names.unsign(part.removesuffix(f".{HLS.extension}"))
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (BadSignature, binascii.Error, ValueError):
        raise services.VideoNotFound from None


async def _make(remote: RemoteStorage, text: str, names: Signer) -> bytes:
    address, _, variables = text.partition("\n")
    document = await remote.document(address, hls.MAX_BYTES)
    return await in_turn(_renamed, document, names, json.loads(variables or "{}"))


async def _send_playlist(send: ASGISendCallable, content: bytes) -> None:
    """Send a playlist in pieces, so that a client that does not read costs no copy of it."""
    about = {"Content-Type": HLS.mime_type, "Content-Length": str(len(content))}
    await start(send, 200, {**about, **_HEADERS})
    with contextlib.suppress(OSError, TimeoutError):
        for begin in range(0, len(content), _PIECE_BYTES):
            async with asyncio.timeout(HOLD_S):
                await send_chunk(send, content[begin : begin + _PIECE_BYTES], more=True)
        await send_chunk(send, b"", more=False)


def _renamed(document: Document, names: Signer, given: Mapping[str, str]) -> bytes:
    return hls.rewrite(document.text, document.url, _name(names), given).encode()


async def _pass_on(
    send: ASGISendCallable, remote: RemoteStorage, address: str, range_: str | None
) -> None:
    """Send a part as it comes. A viewer who does not read is cut off, and asks again."""
    async with remote.passage(address, range_) as passage:
        await start(send, passage.status, {**passage.headers, **_HEADERS})
        try:
            async for chunk in passage.chunks:
                async with asyncio.timeout(HOLD_S):
                    await send_chunk(send, chunk, more=True)
            await send_chunk(send, b"", more=False)
        except (StorageError, OSError, TimeoutError):
            pass  # Too late for a status: the client sees by the length that something is missing.
