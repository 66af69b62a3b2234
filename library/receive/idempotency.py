"""One video for a request that is sent again: ``Idempotency-Key`` of ``POST /videos``.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header. The id of
the new video follows from owner and key: a repeated request finds the video of the first one, or
that it is still being made. The video keeps a digest of the request, so that a different request
with the same key is recognised.
"""

import json
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import UUID, uuid5

from core.database import in_database
from core.errors import Conflict, Invalid
from library.models import Upload, Video
from library.schemas import LinkIn

KEY_MAX = 255
_SPACE = UUID("a2b9f9a4-6d0e-4c0c-9a0b-6f4b8a4e5d11")
# A string of RFC 8941, or the plain text that many programs send.
KEY_PATTERN = rf'^"?[!#-~]{{1,{KEY_MAX}}}"?$'
_KEY = re.compile(KEY_PATTERN)
# So much of a file tells it from others of the same length: a request that is sent again has its
# answer without that all of it is read.
HEAD_BYTES = 64 * 1024


class StillComing(Conflict):
    code = "upload_in_progress"
    retriable = True
    message = "The first request with this Idempotency-Key is still under way. Try again later."


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    message = "Another request with this Idempotency-Key has made a video. Use a new key."


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


class FileDigest(AsyncIterator[bytes]):
    """Passes on a file that comes, and tells its request from others.

    It counts how the file begins, and ``facts``: all that is known of the request before.
    """

    def __init__(self, chunks: AsyncIterator[bytes], *facts: object) -> None:
        self._chunks = chunks
        self._hash = sha256(json.dumps(facts).encode())
        self._left_bytes = HEAD_BYTES

    async def __anext__(self) -> bytes:
        chunk = await anext(self._chunks)
        self._hash.update(chunk[: self._left_bytes])
        self._left_bytes -= min(self._left_bytes, len(chunk))
        return chunk

    async def value(self) -> str:
        """Return the digest; read what it needs of the file unless somebody has."""
        while self._left_bytes and await anext(self, None) is not None:
            pass
        return self._hash.hexdigest()


def link_digest(link: LinkIn) -> str:
    """Return what tells the request for ``link`` from others."""
    return sha256(link.model_dump_json().encode()).hexdigest()


def checked(video: Video, digest: str) -> Video:
    """Return ``video`` if the request of ``digest`` is the one that made it; raise KeyReused."""
    # Older ones have none, and are taken for what the key says.
    if video.request_digest not in ("", digest):
        raise KeyReused
    return video
