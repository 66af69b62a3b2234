"""Webhooks and their deliveries."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.row_lease import LeasedRow

URL_MAX = 2048
SECRET_MAX = 100


class Webhook(models.Model):
    """An address that gets events, and the secret that signs them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    address = models.CharField(max_length=URL_MAX)
    events = models.JSONField(default=list)
    # Belongs to the operator: it gets the events of all videos and rooms.
    of_everybody = models.BooleanField(default=False)
    secret = models.CharField(max_length=SECRET_MAX)
    # While a secret is being replaced, both sign.
    old_secret = models.CharField(max_length=SECRET_MAX, blank=True)
    old_secret_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When sending stopped because the address answered 410 (Gone).
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.address


class DeliveryStatus(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Delivery(LeasedRow):
    """The delivery of an event to an address. It is due when its lease has ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32)
    # Exactly the bytes that are signed.
    body = models.TextField()
    status = models.CharField(
        max_length=9, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    attempts = models.PositiveIntegerField(default=0)
    # The last answer: its HTTP status, or a text about why there was none.
    answer_status = models.PositiveIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["held_until"],
                name="delivery_next",
                condition=models.Q(status=DeliveryStatus.PENDING),
            )
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.status}"
