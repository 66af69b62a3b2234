"""How long an unfinished upload is kept."""

from django.db.models import QuerySet
from django.db.models.functions import Now

from core.retention import Due, Rule, due_of
from library import sweep
from library.models import Upload


def _given_up() -> QuerySet[Upload]:
    return Upload.objects.filter(held_until__lt=Now()).order_by("held_until")


def _due() -> Due:
    return due_of(_given_up(), lambda upload: f"{upload.pk} ({upload.title})")


UPLOADS = Rule("uploads that nobody goes on with", "STREAMIT_UPLOAD_EXPIRY", _due, sweep.sweep)
