"""The subtitles of a video, stored as WebVTT."""

from uuid import UUID

from django.db import transaction

from accounts.principal import Principal
from core.database import in_database
from core.errors import Conflict, NotFound
from library import quotas, services
from library.models import Subtitle, Video

# More than any film has.
MAX_TRACKS = 32
UNKNOWN_LANGUAGE = "und"


class SubtitleNotFound(NotFound):
    message = "There are no such subtitles."


class TooManySubtitles(Conflict):
    code = "too_many_subtitles"
    message = f"A video may have at most {MAX_TRACKS} subtitles. Delete one first."


def link(track: Subtitle, token: str | None = None) -> str:
    """Return the relative address of the WebVTT; with ``token`` anyone may read it."""
    path = f"/api/v1/videos/{track.video_id}/subtitles/{track.pk}"
    return f"{path}?token={token}" if token else path


@in_database
def tracks_of(video_id: UUID) -> list[Subtitle]:
    """Return the tracks of a video in the order they were added, without their text."""
    return list(Subtitle.objects.filter(video_id=video_id).defer("vtt"))


@in_database
def read_text(video_id: UUID, subtitle_id: UUID) -> str:
    """Return the WebVTT of one track; raise SubtitleNotFound."""
    found = Subtitle.objects.filter(video_id=video_id, pk=subtitle_id)
    vtt = found.values_list("vtt", flat=True).first()
    if vtt is None:
        raise SubtitleNotFound
    return vtt


@in_database
def add(
    video: Video, *, by: Principal, vtt: str, language: str, label: str, is_default: bool
) -> Subtitle:
    """Add a track; raise TooManySubtitles, QuotaExceeded or VideoNotFound.

    A new default replaces the previous one.
    """
    size_bytes = len(vtt.encode())
    with transaction.atomic():
        if not _lock(video):
            raise services.VideoNotFound
        tracks = Subtitle.objects.filter(video=video)
        if tracks.count() >= MAX_TRACKS:
            raise TooManySubtitles
        quotas.room_for(by, at_least=size_bytes)
        if is_default:
            tracks.filter(is_default=True).update(is_default=False)
        return Subtitle.objects.create(
            video=video,
            language=language,
            label=label,
            is_default=is_default,
            vtt=vtt,
            size_bytes=size_bytes,
        )


def keep_track(
    video: Video, *, file_track: int, vtt: str, language: str, label: str, is_default: bool
) -> None:
    """Add a track from the video's file. Synchronous.

    The owner's choice of a default stays. Raises TooManySubtitles.
    """
    _lock(video)
    tracks = Subtitle.objects.filter(video_id=video.pk)
    # If the answer of the database was lost, it is there already.
    if tracks.filter(file_track=file_track).exists():
        return
    if tracks.count() >= MAX_TRACKS:
        raise TooManySubtitles
    Subtitle.objects.create(
        video_id=video.pk,
        language=language or UNKNOWN_LANGUAGE,
        label=label,
        is_default=is_default and not tracks.filter(is_default=True).exists(),
        vtt=vtt,
        size_bytes=len(vtt.encode()),
        file_track=file_track,
    )


@in_database
def change(video: Video, subtitle_id: UUID, *, is_default: bool) -> Subtitle:
    """Make a track the only default, or no longer; raise SubtitleNotFound."""
    with transaction.atomic():
        _lock(video)
        tracks = Subtitle.objects.filter(video=video)
        track = tracks.filter(pk=subtitle_id).defer("vtt").first()
        if track is None:
            raise SubtitleNotFound
        if is_default:
            tracks.filter(is_default=True).update(is_default=False)
        track.is_default = is_default
        track.save(update_fields=["is_default"])
    return track


@in_database
def remove(video: Video, subtitle_id: UUID) -> None:
    """Delete one track; raise SubtitleNotFound."""
    deleted, _ = Subtitle.objects.filter(video=video, pk=subtitle_id).delete()
    if not deleted:
        raise SubtitleNotFound


def _lock(video: Video) -> bool:
    """Lock out other changes until the transaction ends, so that there cannot be two defaults.

    Returns whether the video exists. Not stronger: files that are made of it refer to it.
    """
    return Video.objects.select_for_update(no_key=True).filter(pk=video.pk).first() is not None
