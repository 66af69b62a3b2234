"""The rows of uploads: reserved space, which process works on an upload, and how it ends."""

import math
import secrets
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import policy
from accounts.address import mark_of
from accounts.models import User
from accounts.principal import Principal
from core import row_lease
from core.database import in_database
from core.errors import Invalid, Unavailable
from core.sizes import too_large
from library import new_videos, quotas
from library.models import Poster, Source, Upload, Video
from library.receive.idempotency import AlreadyMade, StillComing
from library.receive.part_file import PartFile
from library.storage import registry
from library.storage.base import Stat
from library.storage.disk_space import check_room, is_stored_twice
from media.kinds import Kind
from media.playability import begins_elsewhere, is_oddly_turned
from media.probe import Facts


class Swept(Unavailable):
    """Someone else has taken the upload, because it stalled or its owner is being deleted."""

    message = "The upload was interrupted for too long. Send it again."


class TooLong(Invalid):
    code = "too_long"
    message = "The video is longer than the limit."


@in_database
def begin(
    *,
    owner: Principal,
    title: str,
    storage: str,
    size_bytes: int,
    at_least: int,
    resumable: bool,
    upload_id: UUID | None = None,
) -> Upload:
    """Reserve ``size_bytes``, or what is left of the quota if that is ``at_least`` as much.

    The row's ``size_bytes`` is the reserved space. Raises GuestsMayNotUpload, TooLarge,
    QuotaExceeded and StorageFull, and StillComing or AlreadyMade if ``upload_id`` exists.
    """
    if at_least:
        policy.refuse_upload(owner)
    largest = largest_bytes(storage)
    if at_least > largest:
        raise too_large(largest)
    _check_room(storage, at_least, resumable=resumable)
    with transaction.atomic():
        room = quotas.room_for(owner, at_least=at_least)
        upload = Upload(
            id=upload_id or uuid4(),
            nonce=secrets.token_hex(4) if upload_id else "",
            owner_id=owner.user_id,
            address_mark=mark_of(owner.address),
            title=title,
            storage=storage,
            size_bytes=min(size_bytes, room, largest),
            is_resumable=resumable,
        )
        _insert(upload)
        return upload


def _insert(upload: Upload) -> None:
    """Insert the row; raise StillComing or AlreadyMade, after which the transaction must end."""
    try:
        with transaction.atomic():
            row_lease.create(upload, lease_of(upload))
    except IntegrityError:
        # Another request with the same Idempotency-Key was faster.
        raise StillComing from None
    # Only now: if the other transaction removed the row, it has ended by now.
    if Video.objects.filter(pk=upload.pk).exists():
        raise AlreadyMade(upload.pk)


def _check_room(storage: str, size_bytes: int, *, resumable: bool) -> None:
    """Raise StorageFull, before the first byte, if the disk has no space for all of them."""
    provider = registry.provider(storage)
    is_twice = False
    if resumable:
        check_room(PartFile.folder(), size_bytes)
        stored = provider.path_of("a-file")
        # The part file is removed when its bytes are stored. Until then copied bytes take space
        # twice. Of the storages without files, only SQLite is on our disk.
        is_twice = stored is None or is_stored_twice(PartFile.folder(), stored.parent)
    provider.check_room(size_bytes * 2 if is_twice else size_bytes)


def largest_bytes(storage: str) -> int:
    """Return the largest file for ``storage``: the smaller of our limit and its own."""
    limit: int = settings.MAX_UPLOAD_BYTES
    return min(limit, registry.provider(storage).max_bytes or limit)


def check_duration(facts: Facts) -> None:
    """Raise TooLong if the video is longer than the limit."""
    limit_s = settings.MAX_DURATION.total_seconds()
    if facts.duration_s is not None and facts.duration_s > limit_s:
        lasts, limit = _on_a_clock(facts.duration_s), _on_a_clock(limit_s)
        raise TooLong(fields={"file": f"lasts {lasts}; the limit is {limit}"})


def length_in_players_s(facts: Facts) -> float | None:
    """Return how long players say that a film is, which count from 0.

    One that begins too late to be played so is converted, and then begins at 0.
    """
    start_s = facts.start_s or 0
    if facts.duration_s is None or start_s < 0 or begins_elsewhere(start_s):
        return facts.duration_s
    return round(facts.duration_s + start_s, 3)


def _on_a_clock(duration_s: float) -> str:
    """Return 3601.2 as "1:00:02", rounded up."""
    minutes, seconds = divmod(math.ceil(duration_s), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


@in_database
def claim_for_removal(upload: Upload) -> bool:
    """Take the row of ``upload``, so that its bytes can be removed; False if they must stay.

    They must stay if another request continues the upload, or if it has become a video. If the id
    belongs to another upload or video by now, these bytes have no row, and can go. A process that
    took it in order to remove it may have missed the last bytes: then the row is taken again,
    or inserted again.
    """
    upload_lease = lease_of(upload)
    while not row_lease.renew(upload, upload_lease):
        found = Upload.objects.filter(pk=upload.pk).first()
        if found is None:
            try:
                return _reinsert(upload)
            except StillComing:
                continue
        if found.nonce != upload.nonce:
            return True
        if found.is_resumable:
            return False
        if row_lease.take(found, upload_lease):
            upload.holder = found.holder
    return True


def _reinsert(upload: Upload) -> bool:
    """Insert the row of an upload again; False if it has become a video and its bytes must stay.

    If its owner is gone no row is needed, because nobody can begin it again. Raises StillComing.
    """
    try:
        with transaction.atomic():
            if User.objects.select_for_update(no_key=True).filter(pk=upload.owner_id).exists():
                upload.is_resumable = False
                _insert(upload)
    except AlreadyMade:
        return not any(
            model.objects.filter(video_id=upload.pk, key__startswith=upload.prefix).exists()
            for model in (Source, Poster)
        )
    return True


@in_database
def take(upload: Upload) -> None:
    """Take ``upload``; raise Swept if someone else has just taken it."""
    if not row_lease.take(upload, lease_of(upload)):
        raise Swept


@in_database
def take_abandoned() -> Upload | None:
    """Take and return an upload whose lease has ended, to remove it."""
    return row_lease.take_lapsed(Upload.objects.all(), settings.UPLOAD_LEASE, is_resumable=False)


@in_database
def become_video(
    upload: Upload,
    *,
    title: str,
    source: Source,
    stat: Stat,
    kind: Kind,
    facts: Facts,
    poster: Poster | None,
) -> Video:
    """Turn an upload, whose bytes are stored, into a video."""
    now = timezone.now()
    picture = facts.tracks.picture
    is_link = registry.provider_class(source.storage).kind == "link"
    with transaction.atomic():
        # One deleted row means that no sweep has taken the bytes meanwhile.
        if not upload.held().delete()[0]:
            raise Swept
        video = Video.objects.create(
            id=upload.pk,
            owner_id=upload.owner_id,
            address_mark=upload.address_mark,
            title=title,
            status=Video.Status.COMPLETED,
            duration_s=length_in_players_s(facts),
            start_s=facts.start_s,
            width=facts.width,
            height=facts.height,
            size_bytes=stat.size_bytes,
            mime_type=kind.mime_type,
            video_codec=facts.video_codec,
            audio_codec=facts.audio_codec,
            pixel_format=facts.pixel_format,
            is_interlaced=picture.is_interlaced,
            is_open_gop=picture.is_open_gop,
            is_switched_off=facts.is_switched_off,
            # What is only linked cannot be made anew, and most browsers show it as it should be,
            # if not at once.
            is_oddly_turned=not is_link and is_oddly_turned(kind.mime_type, picture),
            is_slow_to_open=not is_link and facts.is_slow_to_open,
            request_digest=upload.request_digest,
            created_at=now,
            completed_at=now,
        )
        source.video = video
        source.save()
        if poster is not None:
            poster.video = video
            poster.save()
        new_videos.decide(video, facts)
    return video


@in_database
def forget(upload: Upload) -> None:
    """Remove the row after the bytes are gone, if it is still ours."""
    upload.held().delete()


def lease_of(upload: Upload) -> timedelta:
    """Return how long a lease on ``upload`` lasts."""
    lease: timedelta = settings.UPLOAD_LEASE
    # At least long enough for the next renewal.
    return max(lease, settings.UPLOAD_EXPIRY) if upload.is_resumable else lease


def taken_from(owner_id: UUID) -> list[Upload]:
    """Take all uploads of a person, also those that are being received, to remove them. Blocks."""
    return [
        upload
        for upload in Upload.objects.filter(owner_id=owner_id)
        if row_lease.take(upload, settings.UPLOAD_LEASE, is_resumable=False)
    ]
