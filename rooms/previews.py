"""Pictures of what rooms play, and the preview of an invite link (https://ogp.me/). Synchronous."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError

from library.models import Video
from playback.sources import registry
from playback.sources.base import SourceKey
from playback.sources.library import LibrarySource
from rooms.errors import NoSuchRoom
from rooms.lifecycle import Status
from rooms.models import Room, Visibility
from rooms.server_messages import QueueState
from rooms.stores import room_rows


@dataclass(frozen=True, slots=True)
class Preview:
    """Text and a picture for an invite link; ``picture`` may be relative to the site."""

    title: str
    description: str
    picture: str | None = None


# It does not even tell whether the room exists.
NEUTRAL = Preview("Watch together on StreamIt", "Open the link to join the room.")


def preview_of(code: str) -> Preview:
    """Return what strangers may see of a room before they open its link.

    A private room shows nothing, and neither does one that has ended or never existed.
    """
    try:
        return _preview(room_rows.get(code))
    except NoSuchRoom:
        return NEUTRAL


def _preview(room: Room) -> Preview:
    if room.visibility == Visibility.PRIVATE or Status(room.status).over:
        return NEUTRAL
    film, picture = _film(room)
    words = f"{film}. Open the link to watch together." if film else NEUTRAL.description
    return Preview(room.name, words, picture)


def _film(room: Room) -> tuple[str, str | None]:
    key = room.source_key
    if key is None:
        return "", None
    adapter = registry.adapters().get(key.provider)
    if key.provider == LibrarySource.provider:
        video = library_video(key)
        return (video.title, f"/api/v1/rooms/{room.code}/picture") if video else ("", None)
    return (adapter.title, adapter.picture(key)) if adapter else ("", None)


def library_video(key: SourceKey | None) -> Video | None:
    """Return the library video behind a source key; None for other sources."""
    if key is None or key.provider != LibrarySource.provider:
        return None
    try:
        return Video.objects.filter(pk=key.external_id).first()
    except ValidationError:
        return None


def queued_video(queue: QueueState, item: str) -> Video | None:
    """Return the library video of an item of ``queue``; None for others, and if it is gone."""
    found = next((each.source for each in queue.items if each.id == item), None)
    return library_video(SourceKey.of(found)) if found else None


def pictured_video(code: str) -> Video | None:
    """Return the video whose picture strangers may see for this room, if any."""
    try:
        room = room_rows.get(code)
    except NoSuchRoom:
        return None
    if room.visibility == Visibility.PRIVATE or Status(room.status).over:
        return None
    return library_video(room.source_key)
