"""The poster of a video: one of its frames, or a placeholder derived from its id."""

from hashlib import sha256
from uuid import UUID

import structlog

from core.database import in_database
from library.models import Poster, Video
from library.storage import registry
from library.storage.base import StorageError
from media.probe import MAX_ANSWER_BYTES

log = structlog.get_logger(__name__)


async def read_poster(video: Video) -> bytes | None:
    """Return the stored JPEG; None if there is none, or its storage does not deliver it."""
    poster = await find_poster(video.pk)
    if poster is None:
        return None
    try:
        storage = registry.provider(poster.storage)
        size_bytes = min((await storage.stat(poster.key)).size_bytes, MAX_ANSWER_BYTES)
        async with storage.open(poster.key, 0, size_bytes) as chunks:
            return b"".join([chunk async for chunk in chunks])
    except StorageError:
        log.warning("a poster cannot be read", video=str(video.pk), exc_info=True)
        return None


@in_database
def find_poster(video_id: UUID) -> Poster | None:
    """Return the row of a video's poster; None if there is none."""
    return Poster.objects.filter(video_id=video_id).first()


def placeholder(video_id: UUID) -> bytes:
    """Return an SVG with colours and a shape derived from the video's id."""
    digest = sha256(video_id.bytes).digest()
    hue = int.from_bytes(digest[:2]) % 360
    turn = digest[2] * 360 // 256
    x, y = 40 + digest[3] * 240 // 256, 20 + digest[4] * 140 // 256
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180" '
        'preserveAspectRatio="xMidYMid slice">'
        f'<defs><linearGradient id="g" gradientTransform="rotate({turn} .5 .5)">'
        f'<stop stop-color="hsl({hue} 35% 30%)"/>'
        f'<stop offset="1" stop-color="hsl({(hue + 50) % 360} 40% 18%)"/>'
        "</linearGradient></defs>"
        '<rect width="320" height="180" fill="url(#g)"/>'
        f'<circle cx="{x}" cy="{y}" r="{60 + digest[5] // 4}" fill="#fff" opacity=".06"/>'
        '<path d="M146 68v44l36-22z" fill="#fff" opacity=".7"/></svg>'
    ).encode()
