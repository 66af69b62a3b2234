"""Session and CSRF cookie, named by the scheme of the request that they come with.

Over https they are ``Secure`` and begin with ``__Host-``: no other host and no plain connection
can set or read them. On the home network people may come over http to the same server, where a
browser would refuse such cookies; there they keep Django's names.

The prefix: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis section 4.1.3.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PREFIX = "__Host-"


def read(request: HttpRequest) -> None:
    """Give the cookies of ``request`` the names that Django looks for."""
    if not request.is_secure():
        return
    for name in _names():
        prefixed = request.COOKIES.get(PREFIX + name)
        # One without the prefix is of a visit before there was one: it is renamed, not refused,
        # because a guest who loses their session loses their account.
        if prefixed is not None:
            request.COOKIES[name] = prefixed


def write(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give the cookies of ``response`` the names that the scheme asks for."""
    if not request.is_secure():
        return
    for name in _names():
        if name in response.cookies:
            cookie = response.cookies.pop(name)
            cookie.set(PREFIX + name, cookie.value, cookie.coded_value)
            cookie["secure"] = True
            response.cookies[PREFIX + name] = cookie
        elif PREFIX + name not in request.COOKIES and name in request.COOKIES:
            response.set_cookie(
                PREFIX + name,
                request.COOKIES[name],
                max_age=_max_age_s(name),
                secure=True,
                httponly=name == settings.SESSION_COOKIE_NAME,
                samesite="Lax",
            )


def _names() -> tuple[str, str]:
    return settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME


def _max_age_s(name: str) -> int:
    of_session: int = settings.SESSION_COOKIE_AGE
    of_csrf: int = settings.CSRF_COOKIE_AGE
    return of_session if name == settings.SESSION_COOKIE_NAME else of_csrf
