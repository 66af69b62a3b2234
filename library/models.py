"""Videos, and where their bytes are. An address is derived when asked, never stored."""

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

# A link can be as long as what people may paste.
KEY_MAX = 2048


FOLDED_MAX = length_beside(TITLE_MAX)
# Titles that begin alike for so long are in no particular order.
SORTED_MAX = 2 * TITLE_MAX


def search_columns(title: str) -> dict[str, str]:
    """Return what is stored beside ``title``: databases neither fold nor count as people do.

    Whoever changes a title by ``QuerySet.update`` has to set these too.
    """
    return {
        "title_folded": searched(title, FOLDED_MAX),
        "title_sorted": sort_key(fold(title), SORTED_MAX),
    }


class FoldedTitleField(models.CharField):  # type: ignore[type-arg]
    """A column of ``search_columns``, kept up when a video is saved."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        columns = search_columns(model_instance.title)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, columns[self.attname])
        return columns[self.attname]


def known_duration() -> models.Func:
    """Return the length to sort by; one that is not known counts as none.

    The zero is part of the text: SQLite does not see that a parameter is what an index has.
    """
    return models.Func(
        models.F("duration_s"),
        template="COALESCE(%(expressions)s, 0.0)",
        output_field=models.FloatField(),
    )


class Video(models.Model):
    """A video that somebody keeps here."""

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
    # The time of the first frame or sound in the file; null where nobody has looked.
    start_s = models.FloatField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    size_bytes = models.PositiveBigIntegerField()
    mime_type = models.CharField(max_length=64)
    # As ffmpeg calls them; null where nothing is known, or there is no such track.
    video_codec = models.CharField(max_length=32, null=True)
    audio_codec = models.CharField(max_length=32, null=True)
    pixel_format = models.CharField(max_length=32, null=True)
    # Whether each picture is two halves, in which browsers show combs; False where nobody knows.
    is_interlaced = models.BooleanField(default=False)
    # From where it was uploaded, as ``library.quotas`` counts.
    address_mark = models.CharField(max_length=32, default="", db_index=True)
    # Of the request that made it, if that had an Idempotency-Key.
    request_digest = models.CharField(max_length=64, default="", editable=False)
    # Media tokens carry it; raising it revokes all that were given out.
    token_epoch = models.PositiveIntegerField(default=0)
    # Which of its renditions are the present ones; 0 while there are none.
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        # The id makes the order total, so that pages neither repeat nor miss a video.
        ordering = ["-created_at", "-id"]
        # One for each order of the list, read forwards and backwards.
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="video_newest_of_owner"),
            models.Index(
                fields=["owner", "status", "-created_at", "-id"], name="video_status_of_owner"
            ),
            # For searches, which need nothing but this index.
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
    # The link was given to be watched in a room, and its server lets pages of other sites
    # read it: browsers get the address itself.
    is_open = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.storage}:{self.key}"


class Poster(models.Model):
    """A picture of a video, kept as a JPEG; a video without one is shown a placeholder."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="poster")
    storage = models.CharField(max_length=32)
    key = models.CharField(max_length=KEY_MAX)

    def __str__(self) -> str:
        return f"{self.storage}:{self.key}"


class Subtitle(models.Model):
    """One track of subtitles of a video, kept as WebVTT: text is small, and goes with its row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="subtitles")
    # As RFC 5646 writes it; "und" where nobody has said.
    language = models.CharField(max_length=35)
    label = models.CharField(max_length=TITLE_MAX)
    is_default = models.BooleanField(default=False)
    vtt = models.TextField()
    size_bytes = models.PositiveIntegerField()
    # Which track of the video's file it is, counted from 0; null for those that were added.
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
    """A file that was made of a video; bytes that are still on their way have a row too.

    Those of the video's present version that are published are what viewers get. Others belong
    to a version that is being made, or to one that open players still read. A part is some of a
    file that is still being made (``library.growing``).
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
    # Bits a second: the most, and on average.
    peak_bits_per_s = models.PositiveBigIntegerField(null=True)
    bits_per_s = models.PositiveBigIntegerField(null=True)
    # As RFC 6381 writes them.
    codecs = models.CharField(max_length=64, default="")
    frames_per_s = models.FloatField(null=True)
    language = models.CharField(max_length=16, default="")
    label = models.CharField(max_length=64, default="")
    is_default = models.BooleanField(default=False)
    # Of a part: its lines in the playlist, where in the file its first segment begins, and
    # the second of the film at which it ends.
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
    """Bytes on their way in: the row comes before the first byte and goes with the last step.

    Whatever a crash leaves of them is found by it, and removed by the sweep once the lease has
    ended. ``id`` is that of the video to be, and begins the keys of all its bytes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads"
    )
    # See the video's.
    address_mark = models.CharField(max_length=32, default="", db_index=True)
    title = models.CharField(max_length=TITLE_MAX)
    storage = models.CharField(max_length=32)
    # How much of the owner's room it takes: the announced length, or the most it may become.
    size_bytes = models.PositiveBigIntegerField()
    # Whether it may be left and taken up again.
    is_resumable = models.BooleanField()

    # What the video is to keep of the request; nobody asks for it before.
    request_digest = ""

    def __str__(self) -> str:
        return f"{self.id}: {self.title}"


class Removal(LeasedRow):
    """A video that is being deleted; what a crash interrupts, the sweep finishes."""

    video = models.OneToOneField(
        Video, on_delete=models.CASCADE, related_name="removal", primary_key=True
    )

    def __str__(self) -> str:
        return str(self.video_id)
