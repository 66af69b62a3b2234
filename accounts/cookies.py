"""Names of the session and CSRF cookies, which depend on the scheme of the request.

Over https they are ``Secure`` and begin with ``__Host-``: no other host and no plain connection can
set or read them. On a home network people may use the same server over http, where browsers refuse
such cookies, so there they keep Django's names.

The prefix: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis section 4.1.3.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PREFIX = "__Host-"


def read(request: HttpRequest) -> None:
    """Give the cookies of ``request`` the names that Django expects.

    Over https, cookies without the prefix are dropped: another host of the same site, or an
    attacker over http, may have set them to sign the visitor in as someone else.
    """
    if not request.is_secure():
        return
    for name in _names():
        request.COOKIES.pop(name, None)
        if PREFIX + name in request.COOKIES:
            request.COOKIES[name] = request.COOKIES[PREFIX + name]


def write(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give the cookies of ``response`` the names for the scheme."""
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
