"""Looking again into films that an older version, which knew fewer facts, has probed."""

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from core.database import in_database
from library.models import Rendition, Video
from library.receive.pipeline import reader
from library.renditions import MASTER, STORYBOARD_NAME
from library.schemas import why_original_unplayable
from library.storage import registry
from media.kinds import TS, kind_of
from media.plan import Way, text_subtitles, wants_storyboard
from media.playability import is_oddly_turned
from media.probe import Facts, probe
from processing import history, wake
from processing.attempt import ladder_is_wanted
from processing.intake import way_for
from processing.models import Job
from processing.queue import enqueue
from processing.states import OPEN, Status

_WAYS = list(Way)


async def look_again(video: Video) -> Way | None:
    """Look again into ``video``, and queue missing renditions; return how they are made, if any.

    Raises Unreadable, Busy and StorageError. Links are never converted.
    """
    place = video.source
    if registry.provider_class(place.storage).kind == "link":
        return None
    storage = registry.provider(place.storage)
    facts = await probe(reader(storage, place.key), video.size_bytes, kind_of(video.mime_type))
    way = await _take_in(video, facts)
    if way is not None:
        await wake.call()
    return way


@in_database
def _take_in(video: Video, facts: Facts) -> Way | None:
    with transaction.atomic():
        known = Video.objects.filter(pk=video.pk)
        found = known.select_for_update(no_key=True).first()
        if found is None or found.jobs.filter(status__in=OPEN).exists():
            return None
        found.video_codec, found.audio_codec = facts.video_codec, facts.audio_codec
        found.pixel_format = facts.pixel_format
        found.is_interlaced = facts.tracks.picture.is_interlaced
        found.is_open_gop = facts.tracks.picture.is_open_gop
        found.is_oddly_turned = is_oddly_turned(found.mime_type, facts.tracks.picture)
        found.is_switched_off = facts.is_switched_off
        found.is_slow_to_open = facts.is_slow_to_open
        found.save(
            update_fields=[
                *("video_codec", "audio_codec", "pixel_format"),
                *("is_interlaced", "is_open_gop", "is_oddly_turned"),
                *("is_switched_off", "is_slow_to_open"),
            ]
        )
        way = _missing(found, facts)
        if way is None:
            return None
        # Its old renditions can be watched meanwhile.
        if way in (Way.REMUX, Way.TRANSCODE) and not _is_made(found):
            # A storyboard alone is nothing to watch, which a version promises.
            _made(found).update(is_published=False)
            found.version = 0
            known.update(status=Video.Status.QUEUED, completed_at=None, version=0)
        enqueue(found, way, facts)
        return way


def _missing(video: Video, facts: Facts) -> Way | None:
    """Return how to make missing renditions; None if none are missing, or none can be made."""
    last = Job.objects.filter(video=video).order_by("-pk").first()
    has_sizes = _made(video).filter(name__startswith=MASTER).exists()
    if why_original_unplayable(video) is not None:
        way = way_for(video, facts)
        if way == Way.REMUX and last and _may_be_damaged(video, last):
            return way
        if way is None or (last and _WAYS.index(Way(last.plan)) >= _WAYS.index(way)):
            return None
        # Its sizes play everywhere already.
        return None if has_sizes and video.status == Video.Status.COMPLETED else way
    if ladder_is_wanted(video, facts):
        # A failed job would fail again and again; people retry it after removing the cause.
        has_failed = last is not None and last.status == Status.FAILED
        return None if has_sizes or has_failed else Way.DIRECT
    if last is None and text_subtitles(facts.tracks):
        return Way.DIRECT
    has_storyboard = _made(video).filter(name=STORYBOARD_NAME).exists()
    is_tried = last is not None and (last.plan == Way.STORYBOARD or last.status == Status.FAILED)
    wants = wants_storyboard(video.duration_s) and not has_storyboard and not is_tried
    # A new version would take the place of sizes that are there, though none are wanted by now.
    return Way.STORYBOARD if wants and not _is_made(video) else None


def _may_be_damaged(video: Video, last: Job) -> bool:
    """Tell whether a broadcast was copied by a version that did not look for errors in it.

    The worker does, also for a last picture that broke off. A service elsewhere does not.
    """
    is_copied = last.plan == Way.REMUX and last.status == Status.COMPLETED and not last.provider
    if video.mime_type != TS.mime_type or not is_copied or settings.PROCESSOR is not None:
        return False
    return not last.events.filter(kind=history.RECEIVED_WHOLE).exists()


def _made(video: Video) -> QuerySet[Rendition]:
    """Return what viewers get of ``video`` besides its original."""
    made = Rendition.objects.filter(video=video, version=video.version, is_published=True)
    return made if video.version else made.none()


def _is_made(video: Video) -> bool:
    """Tell whether ``video`` is watched by what was made of it."""
    return _made(video).filter(kind__in=[Rendition.Kind.HLS, Rendition.Kind.MP4]).exists()
