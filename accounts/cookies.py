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
    """Give the cookies of ``request`` the names that Django looks for.

    Over https one without the prefix is left out: another host of the same site, or whoever
    answers for it over http, may have planted it to sign the visitor in as somebody else.
    """
    if not request.is_secure():
        return
    for name in _names():
        request.COOKIES.pop(name, None)
        if PREFIX + name in request.COOKIES:
            request.COOKIES[name] = request.COOKIES[PREFIX + name]


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


def _names() -> tuple[str, str]:
    return settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
