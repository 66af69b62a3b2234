"""One video for a request that is sent again: ``Idempotency-Key`` of ``POST /videos``.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header. Owner and key give
the id of the video to be, so that nothing else need be kept: whoever sends the request again
finds what the first one made, or that it is still under way.
"""

import re
from uuid import UUID, uuid5

from core.database import in_database
from core.errors import Conflict, Invalid
from library.models import Upload, Video

KEY_MAX = 255
_SPACE = UUID("a2b9f9a4-6d0e-4c0c-9a0b-6f4b8a4e5d11")
# A string of RFC 8941, or the plain text that many programs send.
KEY_PATTERN = rf'^"?[!#-~]{{1,{KEY_MAX}}}"?$'
_KEY = re.compile(KEY_PATTERN)


class StillComing(Conflict):
    code = "upload_in_progress"
    retriable = True
    message = "The first request with this Idempotency-Key is still under way. Try again later."


class AlreadyMade(Exception):
    """What a request was to make is there: it was sent again, and the other was faster."""

    def __init__(self, video: Video) -> None:
        super().__init__(video)
        self.video = video


def video_id_of(owner_id: UUID, header: str) -> UUID:
    """Return the id that the video of a request has; raise Invalid for a bad key."""
    key = header.strip()
    if not _KEY.fullmatch(key):
        why = f"must be 1 to {KEY_MAX} visible ASCII characters, without spaces"
        raise Invalid(fields={"Idempotency-Key": why})
    plain = key.strip('"')
    return uuid5(_SPACE, f"{owner_id}:{plain}")


@in_database
def find(video_id: UUID) -> Video | None:
    """Return what an earlier request has made, None for nothing; raise StillComing."""
    video = Video.objects.select_related("source").filter(pk=video_id).first()
    if video is None and Upload.objects.filter(pk=video_id).exists():
        raise StillComing
    return video
