"""Django's admin site at ``/admin/``, for staff, with our own sign-in and policy."""

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, auth
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts import security_log, services, sessions
from accounts.admin import PersonAdmin
from accounts.models import User
from config.errors import respond
from core.database import give_back
from core.errors import Forbidden
from library.admin import VideoAdmin
from library.models import Video
from processing.admin import JobAdmin
from processing.models import Job
from rooms.admin import RoomAdmin
from rooms.models import Room

_STATIC = (Path(admin.__file__).parent / "static").resolve()
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
View = Callable[..., Any]


class Site(admin.AdminSite):
    """Rooms, people, videos and jobs. All its views run in a thread, and block."""

    site_header = site_title = "StreamIt"
    index_title = "Administration"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return Django's paths, and the one of its styles and scripts."""
        return [path("static/<path:name>", _asset), *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send people to our page to sign in; refuse who is no staff."""
        try:
            if request.user.is_authenticated:
                return respond(Forbidden("This page is for staff."))
        finally:
            give_back()
        to = urlencode({"next": request.GET.get("next", "/admin/")})
        return HttpResponseRedirect(f"/sign-in?{to}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """End the session with all that came of it, as our own sign-out does."""
        if request.method == "POST" and isinstance(request.user, User):
            source = sessions.source_of(request.session)
            async_to_sync(services.sign_out)(user_id=request.user.pk, source=source)
            auth.logout(request)
        return HttpResponseRedirect("/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Send people to our page: a password changed there ends what the old one signed in."""
        return HttpResponseRedirect("/account")

    def admin_view(self, view: View, cacheable: bool = False) -> Any:
        """Return ``view`` for staff only, and whole before its connection is given back."""
        guarded: View = super().admin_view(view, cacheable)

        def whole(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            security_log.set_scope(request.scope)  # type: ignore[attr-defined]
            try:
                response = guarded(request, *args, **kwargs)
                if hasattr(response, "render"):
                    response = response.render()
                response["Content-Security-Policy"] = _POLICY
                return response
            finally:
                give_back()

        return whole


@require_safe
def _asset(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a style, script or picture of Django's; raise Http404 for any other name."""
    try:
        file = (_STATIC / name).resolve()
        if not file.is_relative_to(_STATIC) or not file.is_file():
            raise Http404
    except (ValueError, OSError):  # no name that a file could have: with a NUL, or too long
        raise Http404 from None
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = HttpResponse(file.read_bytes(), content_type=kind)
    response["Cache-Control"] = "max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


site = Site()
site.register(User, PersonAdmin)
site.register(Room, RoomAdmin)
site.register(Video, VideoAdmin)
site.register(Job, JobAdmin)
