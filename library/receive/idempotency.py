"""One video for a request that is sent again: ``Idempotency-Key`` of ``POST /videos``.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header. The id of
the new video is derived from owner and key, so a repeated request finds the video of the first one,
or that it is still being made. The video keeps a digest of the request, so that a different request
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
# An RFC 8941 string, or the plain text that many programs send.
KEY_PATTERN = rf'^"?[!#-~]{{1,{KEY_MAX}}}"?$'
_KEY = re.compile(KEY_PATTERN)
# This many bytes distinguish a file from others of the same length, so a repeated request is
# answered before all of it is read.
HEAD_BYTES = 64 * 1024


class StillComing(Conflict):
    code = "upload_in_progress"
    retriable = True
    message = "The first request with this Idempotency-Key is still under way. Try again later."


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    message = "Another request with this Idempotency-Key has made a video. Use a new key."


class BeingDeleted(Conflict):
    code = "being_deleted"
    retriable = True
    message = (
        "The video of the first request with this Idempotency-Key is being deleted. Try again "
        "later."
    )


class AlreadyMade(Exception):
    """The video of a request exists already: the request was repeated, and the other was faster."""

    def __init__(self, video_id: UUID) -> None:
        super().__init__(video_id)
        self.video_id = video_id


def video_id_of(owner_id: UUID, header: str) -> UUID:
    """Return the id of the video that a request makes; raise Invalid for a bad key."""
    key = header.strip()
    if not _KEY.fullmatch(key):
        why = f"must be 1 to {KEY_MAX} visible ASCII characters, without spaces"
        raise Invalid(fields={"Idempotency-Key": why})
    plain = key.strip('"')
    return uuid5(_SPACE, f"{owner_id}:{plain}")


@in_database
def is_made(video_id: UUID) -> bool:
    """Tell whether an earlier request has made the video; raise StillComing."""
    if Video.objects.filter(pk=video_id).exists():
        return True
    if Upload.objects.filter(pk=video_id).exists():
        raise StillComing
    return False


class FileDigest(AsyncIterator[bytes]):
    """Passes on a file as it comes, and computes the digest of its request.

    The digest covers the beginning of the file and ``facts``, everything known before.
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
        """Return the digest; reads the beginning of the file if necessary."""
        while self._left_bytes and await anext(self, None) is not None:
            pass
        return self._hash.hexdigest()


def link_digest(link: LinkIn) -> str:
    """Return the digest of a request for ``link``."""
    return sha256(link.model_dump_json().encode()).hexdigest()


@in_database
def answer_again(video_id: UUID, digest: str) -> Video:
    """Return the video of an earlier request if that had this ``digest``.

    Raises KeyReused, and BeingDeleted also if it has been deleted since it was found.
    """
    staying = Video.objects.select_related("source").filter(removal__isnull=True)
    video = staying.filter(pk=video_id).first()
    if video is None:
        raise BeingDeleted
    # Older videos have no digest; for them the key alone counts.
    if video.request_digest not in ("", digest):
        raise KeyReused
    return video
