"""Who is asking: one implementation, with an entry point for each kind of caller.

Pass ``required``, ``staff`` or ``optional`` to ninja as ``auth=``; ``authenticate_scope`` is for
ASGI apps that are not Django views. All follow the same rules:

- ``Authorization: Bearer`` or ``X-API-Key`` decides alone: an invalid one is refused even with a
  valid session, and a request with both is refused, because they may be two people.
- Otherwise the session cookie decides; methods that change something also need the CSRF token.
- If guests are turned off, existing guests may only make an account, sign in as someone else, or
  sign out: the endpoints that use ``optional``.
"""

import io
from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware

from accounts import cookies, keys, policy, refusal_log, sessions, tokens
from accounts.address import limit_subject
from accounts.grants import of_account
from accounts.models import User
from accounts.principal import Grant, Principal, Way
from core.database import in_database
from core.errors import Forbidden, NotAuthenticated


class CsrfFailed(Forbidden):
    code = "csrf_failed"
    message = "This request did not prove that it comes from our own page. Reload the page."


class SignedInRequest(HttpRequest):
    """What a ninja operation with ``auth=required`` gets."""

    auth: Principal


class VisitorRequest(HttpRequest):
    """What a ninja operation with ``auth=optional`` gets."""

    auth: Principal | None


class Nobody(Exception):
    """Nobody is signed in, and the operation allows that.

    ninja treats every falsy result as a refusal, so ``optional`` raises this instead, and
    ``config.api`` continues with ``request.auth = None``.
    """


def _no_view(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class _CsrfCheck(CsrfViewMiddleware):
    """Django's CSRF rules, with an exception instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        raise CsrfFailed

    def check(self, request: HttpRequest) -> None:
        # Only the header counts: looking for a form field would consume the body.
        request.POST = QueryDict()
        self.process_view(request, _no_view, (), {})

    def check_origin(self, request: HttpRequest) -> None:
        if "HTTP_ORIGIN" in request.META and not self._origin_verified(  # type: ignore[attr-defined]
            request
        ):
            raise CsrfFailed


_csrf = _CsrfCheck(_no_view)

# The ways in, as an operation of the OpenAPI document declares them.
SECURITY: list[dict[str, list[str]]] = [{"session": []}, {"bearer": []}, {"api_key": []}]
SECURITY_OR_NOBODY: list[dict[str, list[str]]] = [{}, *SECURITY]


async def identify(request: HttpRequest) -> Principal | None:
    """Return who sent ``request``; None if it has no credentials.

    Raises NotAuthenticated and CsrfFailed. A request without credentials needs no thread.
    """
    principal = await _identified(request)
    refusal_log.set_account(principal.user_id if principal else None)
    return principal


async def _identified(request: HttpRequest) -> Principal | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    # Other schemes may be meant for a proxy in front of us, and are ignored.
    is_bearer, key = scheme.lower() == "bearer", request.headers.get("X-API-Key")
    if is_bearer and key is not None:
        raise NotAuthenticated("Send either a Bearer token or an API key.")
    if is_bearer:
        return _principal(request, *await tokens.owner(token.strip()), via="bearer")
    if key is not None:
        return _principal(request, *await in_database(keys.holder)(key.strip()), via="api_key")
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return await _of_session(request)


@in_database
def _of_session(request: HttpRequest) -> Principal | None:
    user = get_user(request)
    if not isinstance(user, User):
        return None
    _csrf.check(request)
    return _principal(request, user, sessions.source_of(request.session), via="session")


def refuse_foreign_page(request: HttpRequest) -> None:
    """Raise CsrfFailed if a page of another site sent ``request``.

    For signing in without a session: there is nothing to misuse, but another site could sign its
    visitor in as someone else. Browsers send Origin with every POST.
    """
    _csrf.check_origin(request)


def _principal(request: HttpRequest, user: User, source: str, *, via: Way) -> Principal:
    return Principal(
        user_id=user.pk,
        display_name=user.display_name,
        is_guest=user.is_guest,
        via=via,
        grant=Grant(of_account(user), source),
        address=limit_subject(request),
        is_staff=user.is_staff,
    )


class _Authentication:
    """A ninja ``auth`` callable; ``security`` is its requirement in the OpenAPI schema."""

    is_async = True

    def __init__(self, *, or_nobody: bool = False, of_staff: bool = False) -> None:
        self._or_nobody, self._of_staff = or_nobody, of_staff
        self.security = SECURITY_OR_NOBODY if or_nobody else SECURITY

    async def __call__(self, request: HttpRequest) -> Principal:
        principal = await identify(request)
        if principal is None:
            raise Nobody if self._or_nobody else NotAuthenticated
        if not self._or_nobody:
            policy.refuse_unwanted(principal)
        if self._of_staff and not principal.is_staff:
            raise Forbidden("This is for staff.")
        return principal


required = _Authentication()
staff = _Authentication(of_staff=True)
optional = _Authentication(or_nobody=True)


async def authenticate_scope(scope: Mapping[str, Any]) -> Principal | None:
    """Return who sent the HTTP request of an ASGI ``scope``; raise as ``identify`` does."""
    # Only headers are needed; the body is left to the app.
    request = ASGIRequest(cast("dict[str, Any]", scope), io.BytesIO())
    cookies.read(request)
    request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    principal = await identify(request)
    if principal is not None:
        policy.refuse_unwanted(principal)
    return principal
