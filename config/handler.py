"""Django's ASGI handler, without a thread for each request.

Django gives each request a thread of its own for what blocks, with a database connection of
its own: a thousand requests at once are a thousand threads. All that blocks here goes through
``core.database`` or another pool, which also give connections back. So nothing is left to do in
a thread at the beginning and at the end of a request, and no signal tells of either.
"""

from typing import Any, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http.response import HttpResponseBase


class Handler(ASGIHandler):
    """What Django answers, as an ASGI application.

    What was asked is carried to its end though the client leaves meanwhile: a change that is
    cut short where it waits would be left half made.
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
