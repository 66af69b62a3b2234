"""The tables of the storage ``database``: videos as rows of half a mebibyte."""

from django.db import models
from django.utils import timezone

from library.storage.base import KEY_MAX

PART_BYTES = 512 * 1024


class Blob(models.Model):
    """Bytes in the database. Without a key they are not published, or being removed."""

    key = models.CharField(max_length=KEY_MAX, null=True, unique=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    # When the last part was written; later, when it got its key.
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.key or f"draft {self.pk}"


class BlobPart(models.Model):
    """The bytes from ``number`` times PART_BYTES; all parts but the last have PART_BYTES."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, db_index=False)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        # Its index also finds the parts of a blob.
        constraints = [
            models.UniqueConstraint(fields=["blob", "number"], name="blob_part_is_there_once")
        ]

    def __str__(self) -> str:
        return f"{self.blob_id}/{self.number}"
