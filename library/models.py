"""Videos, and where their bytes are. Addresses are derived on request, never stored."""

import secrets
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.folded_columns import length_beside
from core.folding import fold, searched, sort_key
from core.row_lease import LeasedRow
from core.text import TITLE_MAX
from library.storage.models import Blob, BlobPart

__all__ = ["Blob", "BlobPart", "Poster", "Rendition", "Source", "Subtitle", "Video"]

# A link can be as long as the text that people may paste.
KEY_MAX = 2048


FOLDED_MAX = length_beside(TITLE_MAX)
# Titles that are equal up to this length are in no particular order.
SORTED_MAX = 2 * TITLE_MAX


def search_columns(title: str) -> dict[str, str]:
    """Return the columns derived from ``title``, because databases do not compare as people do.

    ``QuerySet.update`` of a title must set these too.
    """
    return {
        "title_folded": searched(title, FOLDED_MAX),
        "title_sorted": sort_key(fold(title), SORTED_MAX),
    }


def first_epoch() -> int:
    """Return a random epoch.

    A deleted video's id comes back if its Idempotency-Key is used again, and its tokens must not.
    """
    return secrets.randbelow(2**30)


class FoldedTitleField(models.CharField):  # type: ignore[type-arg]
    """A column of ``search_columns``, updated when a video is saved."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        columns = search_columns(model_instance.title)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, columns[self.attname])
        return columns[self.attname]


def known_duration() -> models.Func:
    """Return the expression for the length to sort by; an unknown length counts as 0.

    The zero is in the SQL text, because SQLite does not match a parameter with an index.
    """
    return models.Func(
        models.F("duration_s"),
        template="COALESCE(%(expressions)s, 0.0)",
        output_field=models.FloatField(),
    )


class Video(models.Model):
    """A video in someone's library."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        PROCESSING = "processing"
        RETRYING = "retrying"
        COMPLETED = "completed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="videos"
    )
    title = models.CharField(max_length=TITLE_MAX)
    title_folded = FoldedTitleField(max_length=FOLDED_MAX, default="", editable=False)
    title_sorted = FoldedTitleField(max_length=SORTED_MAX, default="", editable=False)
    status = models.CharField(max_length=16, choices=Status)
    duration_s = models.FloatField(null=True)
    # The time of the first frame or sound in the file; null if it was not probed for this.
    start_s = models.FloatField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    size_bytes = models.PositiveBigIntegerField()
    mime_type = models.CharField(max_length=64)
    # ffmpeg's names; null if unknown, or if there is no such track.
    video_codec = models.CharField(max_length=32, null=True)
    audio_codec = models.CharField(max_length=32, null=True)
    pixel_format = models.CharField(max_length=32, null=True)
    # Whether the picture is interlaced, which browsers show with combing; False if unknown.
    is_interlaced = models.BooleanField(default=False)
    # Whether browsers may fail after a seek in the file; False if unknown.
    is_open_gop = models.BooleanField(default=False)
    # Whether it is to be shown mirrored, or turned as only some browsers do it.
    is_oddly_turned = models.BooleanField(default=False)
    # Whether it says not to show its picture, or not to play its sound; False if unknown.
    is_switched_off = models.BooleanField(default=False)
    # Whether browsers look through all of it before they play it or seek; False if unknown.
    is_slow_to_open = models.BooleanField(default=False)
    # A mark of the address it was uploaded from, for ``library.quotas``.
    address_mark = models.CharField(max_length=32, default="", db_index=True)
    # The digest of the request that made it, if that had an Idempotency-Key.
    request_digest = models.CharField(max_length=64, default="", editable=False)
    # Media tokens contain it; raising it revokes all tokens of the video.
    token_epoch = models.PositiveIntegerField(default=first_epoch)
    # When the last link expires that its owner made for others; null after they were revoked.
    shared_until = models.DateTimeField(null=True)
    # The version of the current renditions; 0 while there are none.
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        # The id makes the order total, so that pages neither repeat nor skip a video.
        ordering = ["-created_at", "-id"]
        # One for each sort order; read forwards and backwards.
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="video_newest_of_owner"),
            models.Index(
                fields=["owner", "status", "-created_at", "-id"], name="video_status_of_owner"
            ),
            # The covering index for searches.
            models.Index(
                fields=["owner", "title_folded", "id", "status"], name="video_title_of_owner"
            ),
            models.Index(fields=["owner", "title_sorted", "id"], name="video_sorted_of_owner"),
            models.Index(fields=["owner", "size_bytes", "id"], name="video_size_of_owner"),
            models.Index("owner", known_duration(), "id", name="video_duration_of_owner"),
        ]

    def __str__(self) -> str:
        return self.title


class Source(models.Model):
    """Where a video's original bytes are: a key at a storage provider, or a link."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="source")
    storage = models.CharField(max_length=32)
    key = models.CharField(max_length=KEY_MAX)
    etag = models.CharField(max_length=128)
    # The link was pasted to watch it in a room, and its server allows pages of other sites to
    # read it: browsers get the address itself.
    is_open = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.storage}:{self.key}"


class Poster(models.Model):
    """A video's picture, a JPEG. Videos without one have a placeholder."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="poster")
    storage = models.CharField(max_length=32)
    key = models.CharField(max_length=KEY_MAX)

    def __str__(self) -> str:
        return f"{self.storage}:{self.key}"


class Subtitle(models.Model):
    """A subtitle track of a video, stored as WebVTT in the row, because text is small."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="subtitles")
    # An RFC 5646 tag; "und" if unknown.
    language = models.CharField(max_length=35)
    label = models.CharField(max_length=TITLE_MAX)
    is_default = models.BooleanField(default=False)
    vtt = models.TextField()
    size_bytes = models.PositiveIntegerField()
    # The number of the track in the video's file, from 0; null for added subtitles.
    file_track = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["video", "file_track"], name="subtitle_of_file_once"),
            models.UniqueConstraint(
                fields=["video"],
                condition=models.Q(is_default=True),
                name="one_default_subtitle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.label}"


class Rendition(models.Model):
    """A file made from a video. The row exists before its bytes.

    Viewers get the published ones of the video's current version. Others belong to a version that
    is being made, or to one that open players still read. A part is a piece of a file that is
    still being made (``library.growing``).
    """

    class Kind(models.TextChoices):
        HLS = "hls"
        MP4 = "mp4"
        POSTER = "poster"
        STORYBOARD = "storyboard"
        SUBTITLES = "subtitles"
        PART = "part"

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="renditions")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=Kind)
    mime_type = models.CharField(max_length=64)
    storage = models.CharField(max_length=32)
    key = models.CharField(max_length=KEY_MAX)
    size_bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    # Bits per second: maximum and average.
    peak_bits_per_s = models.PositiveBigIntegerField(null=True)
    bits_per_s = models.PositiveBigIntegerField(null=True)
    # In RFC 6381 notation.
    codecs = models.CharField(max_length=64, default="")
    frames_per_s = models.FloatField(null=True)
    language = models.CharField(max_length=16, default="")
    label = models.CharField(max_length=64, default="")
    is_default = models.BooleanField(default=False)
    # For a part: its lines in the playlist, the offset of its first segment in the file, and the
    # second of the film at which it ends.
    lines = models.TextField(default="")
    head_bytes = models.PositiveIntegerField(default=0)
    until_s = models.FloatField(null=True)
    is_published = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["video", "version", "name"], name="rendition_name_once")
        ]

    def __str__(self) -> str:
        return f"{self.video_id} v{self.version}/{self.name}"


class Upload(LeasedRow):
    """An upload: the row exists from before the first byte until the last step.

    The sweep uses it to find what a crash has left, and removes that once the lease has ended.
    ``id`` will be the id of the video.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads"
    )
    # See Video.
    address_mark = models.CharField(max_length=32, default="", db_index=True)
    title = models.CharField(max_length=TITLE_MAX)
    storage = models.CharField(max_length=32)
    # The space reserved in the owner's quota: the announced size, or the largest possible one.
    size_bytes = models.PositiveBigIntegerField()
    # Whether it can be interrupted and resumed.
    is_resumable = models.BooleanField()
    # A random part of its keys, if the id is made from an Idempotency-Key and so may come back.
    # Whoever stood still while they deleted or stored an earlier file must not meet this one.
    nonce = models.CharField(max_length=8, default="", editable=False)

    # The digest for the video, see Video.
    request_digest = ""

    def __str__(self) -> str:
        return f"{self.id}: {self.title}"

    @property
    def prefix(self) -> str:
        """What all its keys begin with."""
        return f"{self.pk}/{self.nonce}/" if self.nonce else f"{self.pk}/"


class Removal(LeasedRow):
    """A video that is being deleted. If a crash interrupts it, the sweep finishes it."""

    video = models.OneToOneField(
        Video, on_delete=models.CASCADE, related_name="removal", primary_key=True
    )

    def __str__(self) -> str:
        return str(self.video_id)
