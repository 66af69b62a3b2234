"""Django's ASGI handler, without a thread for each request.

Django gives each request its own thread for blocking work, with its own database connection: a
thousand requests at the same time are a thousand threads. Here all blocking work goes through
``core.database`` or another pool, which also give connections back. So requests need no thread at
their beginning and end, and the signals for these are not sent.
"""

from typing import Any, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http.response import HttpResponseBase


class Handler(ASGIHandler):
    """Django as an ASGI application.

    A request is completed even if the client disconnects: a change interrupted at an ``await``
    would be left half done.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            request, refusal = self.create_request(scope, body)
            response = refusal if request is None else await self.run_get_response(request)
            await self.send_response(cast("HttpResponseBase", response), send)
