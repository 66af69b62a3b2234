"""Videos as the REST interface shows them."""

from datetime import datetime
from uuid import UUID

from ninja import Schema

from library.models import Video


class VideoOut(Schema):
    id: UUID
    title: str
    status: Video.Status
    duration_s: float | None
    width: int | None
    height: int | None
    size_bytes: int
    mime_type: str
    created_at: datetime
    completed_at: datetime | None


class VideoList(Schema):
    total: int
    limit: int
    offset: int
    videos: list[VideoOut]


class VideoDeleted(Schema):
    message: str
    video_id: UUID
