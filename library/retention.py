"""How long an unfinished upload is kept."""

from django.db.models import QuerySet

from core import row_lease
from core.retention import Due, Rule, due_of
from library import sweep
from library.models import Upload


def _given_up() -> QuerySet[Upload]:
    return row_lease.lapsed(Upload.objects.all()).order_by("held_until")


def _due() -> Due:
    return due_of(_given_up(), lambda upload: f"{upload.pk} ({upload.title})")


UPLOADS = Rule(
    "uploads that nobody continues",
    "STREAMIT_UPLOAD_EXPIRY after their last byte",
    _due,
    sweep.sweep,
)
