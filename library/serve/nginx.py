"""nginx in front sends local files itself: X-Accel-Redirect, after our own checks.

https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers names the
header; deploy/nginx.conf has the two internal locations that it leads to. Whether and what
to send stays decided by ``library.serve.ranges``: nginx gets only what it would answer the same.
"""

import re
from collections.abc import Mapping

from django.conf import settings

from library.serve.ranges import Plan, Representation, Span
from library.storage.base import Readable
from library.storage.local import LocalStorage

# It sends the whole file there, whatever Range says, and one range there.
WHOLE, PART = "/_files/whole/", "/_files/part/"
# A longer number is a range to us and an error to nginx.
_ONE_RANGE = re.compile(r"bytes=(\d{1,18}-\d{0,18}|-\d{1,18})", re.IGNORECASE)
# It tests them again, and does not know our etag at that point.
_TESTED_AGAIN = frozenset({"if-match", "if-unmodified-since"})


def nginx_place(
    storage: Readable, key: str, target: Representation, plan: Plan, fields: Mapping[str, str]
) -> str | None:
    """Return where nginx finds what ``plan`` sends of ``target``, or None: we send it ourselves."""
    if not settings.NGINX_SENDS_FILES or not isinstance(storage, LocalStorage):
        return None
    if target.modified is None:
        # It would tell the date that we keep back.
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
