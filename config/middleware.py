"""Django's middleware, run where the request is.

None of it waits for anything, except for storing a session. Django still uses a thread for each,
before and after the view, which costs more than everything else in a request.
"""

from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import middleware as authentication
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware import clickjacking, common, csrf, security
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.views.defaults import bad_request

from accounts import cookies
from core.database import in_database

log = structlog.get_logger(__name__)


class _Here(MiddlewareMixin):
    """Runs both halves of a middleware in the event loop."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self._before(request) or await self.get_response(request)  # type: ignore[misc]
        return await self._after(request, answer)

    def _before(self, request: HttpRequest) -> HttpResponseBase | None:
        found: HttpResponseBase | None = None
        if hasattr(self, "process_request"):
            found = self.process_request(request)
        return found

    async def _after(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        if hasattr(self, "process_response"):
            response = self.process_response(request, response)
        return response  # type: ignore[no-any-return]


class SecurityMiddleware(_Here, security.SecurityMiddleware):
    """Sets Django's security headers."""


class CookieNames(_Here):
    """Names the session and CSRF cookies by the scheme of the request."""

    def process_request(self, request: HttpRequest) -> None:
        cookies.read(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        cookies.write(request, response)
        return response


class SessionMiddleware(_Here, sessions.SessionMiddleware):
    """Gives a request its session, and stores it if it has changed."""

    async def _after(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        session = request.session
        if session.modified and not session.is_stored():  # type: ignore[attr-defined]
            return await in_database(self.process_response)(request, response)
        if not session.modified and session.is_empty() and _brings_session(request):
            # Django would delete the cookie. The browser may have a newer one by now: a request of
            # another tab may be answered after its user has signed in.
            patch_vary_headers(response, ("Cookie",))
            return response  # type: ignore[no-any-return]
        return await super()._after(request, response)


def _brings_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


class CommonMiddleware(_Here, common.CommonMiddleware):
    """Refuses a Host that is not ours, and sets Content-Length."""

    def process_request(  # type: ignore[override]
        self, request: HttpRequest
    ) -> HttpResponseBase | None:
        try:
            return super().process_request(request)
        except DisallowedHost as error:
            # Anybody can send one, so it is no error of ours, as Django would log.
            event = "a request for a host that is not ours was refused"
            log.warning(event, host=request.headers.get("Host", ""))
            refusal = bad_request(request, error)
            refusal._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
            return refusal


class CsrfViewMiddleware(_Here, csrf.CsrfViewMiddleware):
    """Protects views outside the REST interface, and sets the CSRF cookie."""

    async def process_view(  # type: ignore[override]
        self, request: HttpRequest, *view: Any
    ) -> HttpResponse | None:
        return super().process_view(request, *view)


class AuthenticationMiddleware(_Here, authentication.AuthenticationMiddleware):
    """Provides ``request.user`` from the session."""


class MessageMiddleware(_Here, messages.MessageMiddleware):
    """Keeps messages of the admin site until its next page; other pages have none."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith("/admin/"):
            super().process_request(request)


class XFrameOptionsMiddleware(_Here, clickjacking.XFrameOptionsMiddleware):
    """Forbids other sites to show us in a frame."""
