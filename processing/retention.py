"""What is removed of finished jobs and their callbacks."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from core.retention import Due, Rule, delete_all, due_of
from processing import publishing
from processing.models import Callback

# Longer than any service repeats a callback.
KEPT = timedelta(days=30)


def _files() -> Due:
    return due_of(publishing.left_over(), lambda row: row.key)


# Most are removed immediately, unless their storage was away.
LEFT_OVER = Rule(
    "files of failed conversions", "when their job is over", _files, publishing.discard_left_over
)


def _replaced() -> Due:
    return due_of(publishing.replaced(), lambda row: row.key)


REPLACED = Rule(
    "files of a video that newer ones have replaced",
    "STREAMIT_MEDIA_TOKEN_TTL after the newer ones",
    _replaced,
    publishing.discard_replaced,
)


def _old() -> QuerySet[Callback]:
    return Callback.objects.filter(at__lt=timezone.now() - KEPT).order_by("at")


def _due() -> Due:
    return due_of(_old(), str)


async def _remove() -> int:
    return await delete_all(_old)


CALLBACKS = Rule("callbacks of processing services", f"after {KEPT.days} days", _due, _remove)
