"""Videos, and where their bytes are. An address is derived when asked, never stored."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.text import TITLE_MAX


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
    status = models.CharField(max_length=16, choices=Status)
    duration_s = models.FloatField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    size_bytes = models.PositiveBigIntegerField()
    mime_type = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        # The id makes the order total, so that pages neither repeat nor miss a video.
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="video_newest_of_owner")
        ]

    def __str__(self) -> str:
        return self.title


class Source(models.Model):
    """Where a video's original bytes are: a key at a storage provider."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="source")
    storage = models.CharField(max_length=32)
    key = models.CharField(max_length=200)
    etag = models.CharField(max_length=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["storage", "key"], name="source_has_its_own_key")
        ]

    def __str__(self) -> str:
        return f"{self.storage}:{self.key}"
