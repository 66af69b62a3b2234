"""``GET|HEAD /media/{token}/{video}/v{version}/{name}``: what was made of a video, by token.

The token stands in the path, so a playlist names its segments relative to itself: it is
written once and never rewritten for a viewer.
"""

from typing import Any, cast

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from core.errors import MethodNotAllowed, StreamItError
from core.http import error_reply
from library import renditions, services, sharing
from library.serve.responder import send_file, send_options, send_reply
from library.serve.running import Reading, while_reading
from library.serve.stream import CORS, METHODS, PREFLIGHT
from library.storage import registry
from library.storage.base import Missing


async def made(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Send the rendition that ``scope["url_route"]`` names, or say in JSON why not."""
    names: dict[str, str] = cast("Any", scope)["url_route"]["kwargs"]
    headers = CORS
    try:
        if scope["method"] == "OPTIONS":
            await send_options(send, {"Allow": METHODS, **CORS, **PREFLIGHT})
            return
        if scope["method"] not in ("GET", "HEAD"):
            headers = {"Allow": METHODS, **CORS}
            raise MethodNotAllowed("A video's bytes can only be read.")
        video_id = services.parse_id(names["video_id"])
        video, media_grant = await sharing.find_shared_video(
            video_id=video_id, token=names["token"]
        )
        place = await renditions.find(video_id, int(names["version"]), names["name"])
        if place is None:
            raise Missing
        reading = Reading(video.pk, media_grant.grant, media_grant.epoch, media_grant.member)
        with while_reading(reading) as ended:
            await send_file(
                scope,
                receive,
                send,
                storage=registry.provider(place.storage),
                key=place.key,
                mime_type=place.mime_type,
                headers=headers,
                content_headers={},
                ended=ended,
            )
    except StreamItError as error:
        await send_reply(scope, send, error_reply(error), headers)
