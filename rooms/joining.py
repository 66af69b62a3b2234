"""Joining a room over REST, or with the request for its page."""

import asyncio
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest

from accounts.address import limit_subject
from accounts.authentication import required
from accounts.principal import Principal
from core.errors import NotFound, StreamItError
from playback.clock import room_clock
from playback.sources import registry
from playback.sources.base import Audience, CannotPlay
from rooms import state as live_states
from rooms.entry import admission
from rooms.schemas import JoinOut, PlaybackOut, PlaybackProblem

log = structlog.get_logger(__name__)

# The page must be served even while Redis or the database hangs.
PATIENCE_S = 1.0


async def join(
    request: HttpRequest, asker: Principal, code: str, *, password: str | None, playback: bool
) -> JoinOut:
    """Let ``asker`` in, or put them on the waiting list; ``playback`` adds what the room plays.

    Raises the errors of ``admission.join``.
    """
    joined = await admission.join(code, asker, password=password, address=limit_subject(request))
    if joined.ticket is None:
        return JoinOut(status="pending", ticket=None, ws_url=None, playback=None)
    return JoinOut(
        status="approved",
        ticket=joined.ticket,
        ws_url=_socket_url(request, code),
        playback=await playback_of(code, asker) if playback else None,
    )


async def join_with_page(request: HttpRequest, code: str) -> JoinOut | None:
    """Join with the request for the room's page, if it identifies someone who may come in.

    Returns None if anything prevents that. The page then joins over REST and gets the error.
    """
    if request.method != "GET" or "Sec-Purpose" in request.headers:
        # Browsers prefetch pages that nobody has opened yet.
        return None
    try:
        async with asyncio.timeout(PATIENCE_S):
            asker = await required(request)
            joined = await join(request, asker, code, password=None, playback=True)
    except (StreamItError, TimeoutError):
        return None
    except DatabaseError:
        log.warning("could not join with the page", exc_info=True)
        return None
    return joined if joined.ticket is not None else None


async def playback_of(code: str, asker: Principal, *, through_us: bool = False) -> PlaybackOut:
    """Return what the room plays, how ``asker``'s browser plays it, and its position."""
    state = await live_states.current(code)
    now_ms = (await room_clock()).now_ms()
    audience = Audience(
        room=code,
        member=asker.user_id,
        now_s=now_ms / 1000,
        grant=asker.grant,
        through_us=through_us,
    )
    playable = problem = None
    if state.source is not None:
        try:
            playable = await registry.playable(state.source, audience)
        except (CannotPlay, NotFound) as error:
            # The room still plays this source. The page says why there is no picture.
            problem = PlaybackProblem(code=error.code, message=error.message)
    return PlaybackOut(
        source=state.source,
        playable=playable,
        problem=problem,
        state=state.seen_at(now_ms),
        server_time=now_ms,
    )


def _socket_url(request: HttpRequest, code: str) -> str:
    """Return the address of the room's socket, with the host name of the request.

    A page may only connect to the host that it was opened from. If that is the host of the public
    URL, its scheme is more reliable than a proxy's headers.
    """
    public = urlsplit(settings.PUBLIC_URL)
    host = request.get_host()
    secure = public.scheme == "https" if host == public.netloc else request.is_secure()
    return f"{'wss' if secure else 'ws'}://{host}/ws/rooms/{code}/"
