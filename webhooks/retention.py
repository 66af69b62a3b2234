"""How long deliveries are kept."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from core.retention import Due, Rule, delete_all, due_of
from webhooks.models import Delivery

KEPT = timedelta(days=30)


def _old() -> QuerySet[Delivery]:
    # Also those that still wait: the sender gives them up long before, unless it may not send.
    return Delivery.objects.filter(created_at__lt=timezone.now() - KEPT).order_by("created_at")


def _due() -> Due:
    return due_of(_old(), str)


async def _remove() -> int:
    return await delete_all(_old)


DELIVERIES = Rule("webhook deliveries", f"after {KEPT.days} days", _due, _remove)
