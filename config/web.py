"""The pages: one shell for every page path, and the built files it loads."""

import asyncio
import math
import re
from collections.abc import Awaitable
from html import escape
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.html import json_script
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from servestatic import ServeStaticASGI

from accounts import policy
from core.database import in_database
from core.errors import StreamItError
from library.serve import rotated
from library.storage import registry as storages
from playback.sources import registry
from rooms import joining, previews
from rooms.models import read_code
from rooms.schemas import JoinOut

T = TypeVar("T")

# The paths that web/src/router.ts knows. Any other gets the shell with 404: the page says so.
_PAGE = re.compile(r"/|/(?:sign-in|library|account(?:/webhooks)?|videos/[A-Za-z0-9-]+)/?")
_ROOM = re.compile(r"/r/([^/]+)/?")
# How long a page takes until it can play. A player that is slightly ahead can wait.
_LEAD_MS = 600
_NOT_BUILT = "The pages are not built. Start StreamIt with ./streamit up, which builds them.\n"


def content_security_policy(host: str) -> str:
    """Return the policy of the page shell served as ``host``.

    https://www.w3.org/TR/CSP3/ - 'self' covers sockets only in newer browsers, so they are named.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            # The player and the seek bar compute widths.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            " ".join(
                ["media-src 'self' blob:", *dict.fromkeys(_storage_origins() + _link_schemes())]
            ),
            "manifest-src 'self'",
            # hls.js runs its demuxer in a worker that it makes from a blob.
            "worker-src 'self' blob:",
            " ".join([f"connect-src 'self' ws://{host} wss://{host}", *_link_schemes()]),
            f"frame-src {' '.join(registry.frame_origins())}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def _link_schemes() -> list[str]:
    """Return the schemes of pasted links, which may be on any site if the operator allows links.

    HLS players fetch what they play. A page over https cannot play from plain http.
    """
    if "remote" not in settings.VIDEO_STORAGES:
        return []
    return ["https:"] if settings.PUBLIC_URL.startswith("https:") else ["https:", "http:"]


def _storage_origins() -> list[str]:
    """Return the origins from which browsers read bytes of external storages.

    Their host names contain buckets and regions, and Dropbox's change, so any host over TLS is
    allowed. A host of the operator may use plain HTTP and is named.
    """
    far = [
        options
        for name, options in settings.VIDEO_STORAGE_OPTIONS.items()
        if name in storages.PROVIDERS
        and (kind := storages.provider_class(name)).kind == "store"
        and not kind.is_near
    ]
    if not far:
        return []
    endpoints = [urlsplit(getattr(options, "endpoint", "")) for options in far]
    return ["https:", *sorted({f"{at.scheme}://{at.netloc}" for at in endpoints if at.netloc})]


def permissions_policy() -> str:
    """Return the browser features that the page and its players may use."""
    players = " ".join(f'"{origin}"' for origin in registry.frame_origins())
    shared = ("autoplay", "encrypted-media", "fullscreen", "picture-in-picture")
    refused = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
    return ", ".join(
        [f"{name}=(self {players})" for name in shared] + [f"{name}=()" for name in refused]
    )


def _preview(request: HttpRequest, preview: previews.Preview) -> str:
    """Return the tags by which messengers show an invite link."""
    picture = preview.picture or "/icon-512.png"
    facts = {
        "og:site_name": "StreamIt",
        "og:type": "website",
        "og:url": request.build_absolute_uri(request.path),
        "og:title": preview.title,
        "og:description": preview.description,
        "og:image": request.build_absolute_uri(picture),
    }
    card = "summary_large_image" if preview.picture else "summary"
    tags = [f'<meta property="{name}" content="{escape(text)}" />' for name, text in facts.items()]
    # Robots may read it, because messengers are robots too, but must not index it.
    more = f'<meta name="twitter:card" content="{card}" /><meta name="robots" content="noindex" />'
    return "".join([*tags, more])


async def _arrival(joined: JoinOut) -> str:
    """Return the answer to joining, and the film where it will be wanted, which loads at once.

    web/src/session/arrival.ts takes both.
    """
    answer = json_script(joined.model_dump(mode="json"), "joined")
    playback = joined.playback
    film = playback.playable if playback else None
    if playback is None or film is None or film.kind != "file" or film.only_where:
        return answer
    state = playback.state
    ahead_ms = _LEAD_MS if state.playing else 0
    start_s = state.position_at(playback.server_time + ahead_ms)
    source = escape(f"{await _from_key_frame(film.url, start_s)}#t={start_s:.2f}")
    return f'<video id="film" src="{source}" preload="auto" playsinline></video>{answer}'


async def _from_key_frame(url: str, start_s: float) -> str:
    """Return an address that sends the film with the part at ``start_s`` first."""
    try:
        async with asyncio.timeout(joining.PATIENCE_S):
            key_s = await rotated.key_frame_before(url, start_s)
    except (StreamItError, DatabaseError, TimeoutError):
        # The player gets the reason.
        return url
    # Rounded up, because slightly earlier the previous key frame is shown.
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}from={math.ceil(key_s * 1000) / 1000:.3f}" if key_s else url


def _code_of(path: str) -> str:
    """Return the code of the room whose page is at ``path``; "" for other pages."""
    room = _ROOM.fullmatch(path)
    return read_code(room[1]) if room else ""


async def _unless_away(ask: Awaitable[T], otherwise: T) -> T:
    """Return the answer, or ``otherwise`` if the database is away or hangs."""
    try:
        async with asyncio.timeout(joining.PATIENCE_S):
            return await ask
    except (DatabaseError, TimeoutError):
        return otherwise


@require_safe
@ensure_csrf_cookie
async def page_shell(request: HttpRequest) -> HttpResponse:
    """Serve web/dist/index.html with the CSRF cookie that the REST client needs.

    What strangers may do is written into it, so that no page shows what it must take back. The
    page of a room also brings the answer to joining it for a visitor whom we know: asking would
    take a round trip, and the film would wait for it.
    """
    try:
        shell = await asyncio.to_thread((settings.WEB_DIST / "index.html").read_bytes)
    except FileNotFoundError:
        return HttpResponse(_NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    rules = {
        "sign-up": policy.sign_up(),
        "guests": policy.guests(),
        "guest-days": str(max(1, settings.GUEST_EXPIRY.days)),
    }
    if (scheme := request.COOKIES.get("scheme")) in ("dark", "light"):
        rules["scheme"] = scheme
    if request.path == "/" and await _unless_away(in_database(policy.is_fresh)(), False):
        rules["fresh"] = "yes"
    data = " ".join(f'data-{name}="{value}"' for name, value in rules.items())
    shell = shell.replace(b"<html", f"<html {data}".encode(), 1)
    joined = None
    if code := _code_of(request.path):
        joined, preview = await asyncio.gather(
            joining.join_with_page(request, code),
            _unless_away(in_database(previews.preview_of)(code), previews.NEUTRAL),
        )
        shell = shell.replace(b"</head>", _preview(request, preview).encode() + b"</head>", 1)
    if joined:
        shell = shell.replace(b"<body>", b"<body>" + (await _arrival(joined)).encode(), 1)
    is_page = code or _PAGE.fullmatch(request.path)
    response = HttpResponse(shell, status=200 if is_page else 404)
    # A ticket is valid once, and the playback state changes.
    response["Cache-Control"] = "no-store" if joined else "no-cache"
    response["Content-Security-Policy"] = content_security_policy(request.get_host())
    response["Permissions-Policy"] = permissions_policy()
    patch_vary_headers(response, ["Cookie"])
    return response


def with_static_files(application: ASGI3Application, folder: Path) -> ASGI3Application:
    """Serve the built files in ``folder``, and everything else from ``application``."""
    return _BuiltFiles(application, folder)


class _BuiltFiles:
    """The files of the build, listed once, and again after a new build.

    Vite puts a content hash into the name of every file under /assets/.
    """

    def __init__(self, application: ASGI3Application, folder: Path) -> None:
        self._static = ServeStaticASGI(
            application,
            max_age=3600,
            allow_all_origins=False,
            immutable_file_test=r"^/assets/",
            add_headers_function=_forbid_sniffing,
        )
        self._folder = folder
        self._build: list[int] = []
        self._look()

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/assets/"):
            self._look()
        await self._static(scope, receive, send)

    def _look(self) -> None:
        """List the files of the current build, unless that is done; costs only some stat calls."""
        # The shell that names them, and the stamp written at the end of a build.
        build = [_written_at(self._folder / name) for name in ("index.html", ".sources")]
        # Without a shell: never built, or being built.
        if build == self._build or not build[0]:
            return
        files = self._static.files
        files.clear()
        self._static.add_files(self._folder, prefix="/")
        for url in [url for url in files if url == "/index.html" or "/." in url]:
            del files[url]
        self._build = build


def _written_at(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _forbid_sniffing(headers: object, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]
