"""Stores the deliveries of an event, in the transaction of the event itself."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import row_lease
from core.announcements import Event
from core.errors import Conflict
from webhooks.models import Delivery, DeliveryStatus, Webhook

log = structlog.get_logger(__name__)

# The type of a message that only tests the address and the signature.
TEST = "webhook.test"
# The most deliveries that may wait for one address.
MOST_WAITING = 1000


class TooManyDeliveries(Conflict):
    code = "too_many_deliveries"
    message = f"Already {MOST_WAITING} messages wait for this webhook. Try again later."


def record(event: Event, owner_id: UUID, facts: dict[str, Any]) -> None:
    """Queue ``event`` for every webhook that subscribes to it. Synchronous.

    Webhooks with too many waiting deliveries miss it.
    """
    for webhook in allowed().filter(Q(owner_id=owner_id) | Q(of_everybody=True)):
        if event in webhook.events:
            try:
                queue(webhook, event, body_of(event, facts))
            except TooManyDeliveries:
                log.warning(
                    "a webhook misses an event", webhook=str(webhook.pk), event_type=str(event)
                )


def allowed() -> QuerySet[Webhook]:
    """Return the webhooks that may be used now.

    Excludes those of disabled accounts, and operators' webhooks of people who are no longer staff.
    """
    is_told = Q(of_everybody=False) | Q(owner__is_staff=True)
    return Webhook.objects.filter(is_told, gone_at=None, owner__is_active=True)


def queue(webhook: Webhook, event: str, body: str) -> Delivery:
    """Queue ``body`` to be sent after this transaction; raise TooManyDeliveries.

    Synchronous.
    """
    if webhook.deliveries.filter(status=DeliveryStatus.PENDING).count() >= MOST_WAITING:
        raise TooManyDeliveries
    delivery = Delivery(webhook=webhook, event=event, body=body)
    row_lease.create(delivery, timedelta())
    return delivery


def test(webhook: Webhook) -> Delivery:
    """Queue a test message; raise TooManyDeliveries. Synchronous."""
    with transaction.atomic():
        return queue(webhook, TEST, body_of(TEST, {"webhook": str(webhook.pk)}))


def body_of(event: str, facts: dict[str, Any]) -> str:
    """Return the payload: ``type``, ``timestamp`` (ISO 8601) and ``data``."""
    now = timezone.now().isoformat(timespec="milliseconds")
    return json.dumps({"type": event, "timestamp": now, "data": facts}, ensure_ascii=False)


def replay(delivery: Delivery) -> Delivery:
    """Queue an event again, with a new message id; raise TooManyDeliveries. Synchronous."""
    with transaction.atomic():
        return queue(delivery.webhook, delivery.event, delivery.body)
