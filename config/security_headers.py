"""Security headers for every answer, whichever application sends it.

Django's middleware only covers Django's answers, not uploads, streams, files and refusals. OWASP
ASVS 4.0.3, 14.4.4 and 14.4.5.
"""

from asgiref.typing import ASGISendCallable, ASGISendEvent, HTTPScope
from django.conf import settings

_NOSNIFF = (b"x-content-type-options", b"nosniff")


def with_security_headers(scope: HTTPScope, send: ASGISendCallable) -> ASGISendCallable:
    """Return a ``send`` for ``scope`` that adds these fields where they are missing."""
    fields = [_NOSNIFF]
    if settings.SECURE_HSTS_SECONDS and _is_https(scope):
        age = f"max-age={settings.SECURE_HSTS_SECONDS}"
        fields.append((b"strict-transport-security", age.encode()))

    async def sending(event: ASGISendEvent) -> None:
        if event["type"] == "http.response.start":
            given = list(event["headers"])
            names = {name.lower() for name, _ in given}
            event["headers"] = [*given, *(field for field in fields if field[0] not in names)]
        await send(event)

    return sending


def _is_https(scope: HTTPScope) -> bool:
    """Tell whether the request came over https, by the header of a trusted proxy as in Django."""
    said = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
    if not (settings.TRUSTED_PROXY and said):
        return scope["scheme"] == "https"
    # With several proxies, the first one talks to the browser.
    return b",".join(said).partition(b",")[0].strip() == b"https"
