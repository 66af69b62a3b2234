"""``GET|HEAD /media/{token}/{video}/v{version}/{name}``: a converted file, by token.

The token is in the path, and playlists name their segments relative to themselves, so they are
written once and not rewritten for each viewer.
"""

from typing import Any, cast

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from core.errors import MethodNotAllowed, StreamItError
from core.http import error_reply
from library import growing, renditions, services, sharing
from library.serve import rotated
from library.serve.open_streams import Reading, while_reading
from library.serve.responder import send_file, send_options, send_reply
from library.serve.stream import CORS, METHODS, PREFLIGHT, expected_size, send_as_it_is, storage_for
from library.storage.base import Missing, Readable

# For files that grow. A browser that has cached a part asks for more on condition that the file is
# unchanged, and would get everything from the beginning if it is not.
NEVER_KEPT = {"Cache-Control": "private, no-store, no-transform"}


async def send_rendition(
    scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
) -> None:
    """Send the rendition named in ``scope["url_route"]``, or a JSON error."""
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
        version, name = int(names["version"]), names["name"]
        storage: Readable
        if (place := await renditions.find(video_id, version, name)) is not None:
            storage = await storage_for(place, scope)
            key, mime_type, about = place.key, place.mime_type, dict[str, str]()
            size_bytes = expected_size(storage, place)
        elif (grown := await growing.find(video_id, version, name)) is not None:
            # The finished part of a file that is still being made.
            storage, key, mime_type, about = grown, name, grown.mime_type, NEVER_KEPT
            size_bytes = None
        else:
            raise Missing
        reading = Reading(video.pk, media_grant.grant, media_grant.epoch, media_grant.member)
        with while_reading(reading) as ended:
            await send_file(
                scope,
                receive,
                send,
                storage=storage,
                key=key,
                size_bytes=size_bytes,
                mime_type=mime_type,
                headers={**headers, **about},
                content_headers={},
                ended=ended,
            )
    except rotated.Late:
        await send_as_it_is(scope, send, headers)
    except StreamItError as error:
        await send_reply(scope, send, error_reply(error), headers)
