"""Letting nginx send local files (X-Accel-Redirect), after our own checks.

https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers describes the header;
deploy/nginx.conf has the two internal locations that it leads to. ``library.serve.ranges`` still
decides whether and what to send: nginx gets only requests that it would answer the same way.
"""

import re
from collections.abc import Mapping

from django.conf import settings

from library.serve.ranges import Plan, Representation, Span
from library.storage.base import Readable
from library.storage.local import LocalStorage

# One location sends the whole file, whatever Range says; the other sends one range.
WHOLE, PART = "/_files/whole/", "/_files/part/"
# Longer numbers are valid for us and an error for nginx.
_ONE_RANGE = re.compile(r"bytes=(\d{1,18}-\d{0,18}|-\d{1,18})", re.IGNORECASE)
# nginx would check these conditions again, without knowing our ETag.
_TESTED_AGAIN = frozenset({"if-match", "if-unmodified-since"})


def nginx_place(
    storage: Readable, key: str, target: Representation, plan: Plan, fields: Mapping[str, str]
) -> str | None:
    """Return the nginx location for what ``plan`` sends of ``target``; None: we send it."""
    if not settings.NGINX_SENDS_FILES or not isinstance(storage, LocalStorage):
        return None
    if target.modified is None:
        # nginx would send the Last-Modified that we leave out.
        return None
    if (
        len(plan.pieces) != 1
        or not isinstance(plan.pieces[0], Span)
        or fields.keys() & _TESTED_AGAIN
    ):
        return None
    if plan.content_range is None:
        return WHOLE + key
    return PART + key if _ONE_RANGE.fullmatch(fields["range"]) else None
