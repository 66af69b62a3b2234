"""Operations on webhooks. Everything here blocks."""

import contextlib
from datetime import timedelta
from ipaddress import ip_address
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import security_log
from accounts import services as accounts
from accounts.principal import Principal, refuse_keys
from core import signing
from core.announcements import Event
from core.errors import Conflict, Forbidden, Invalid, NotFound
from library.storage.addresses import Rules, check_ips, parse
from library.storage.base import Refused
from webhooks import outbox
from webhooks.models import Delivery, Webhook

MOST = 20
OLD_SECRET_LASTS = timedelta(hours=24)
SHOWN = 100


class WebhookNotFound(NotFound):
    message = "There is no such webhook."


class DeliveryNotFound(NotFound):
    message = "There is no such delivery."


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    message = f"There are {MOST} webhooks already, which is the limit. Delete one first."


def create(*, owner: Principal, url: str, events: list[Event], of_everybody: bool) -> Webhook:
    """Make a webhook; raise Invalid, Forbidden and TooManyWebhooks."""
    refuse_keys(owner, "make a webhook")
    _check(url)
    with transaction.atomic():
        # Locks out other requests of the same person, so that the limit is exact.
        user = accounts.hold(owner.user_id)
        if user.is_guest:
            raise Forbidden("Guests have no webhooks. Make an account first.")
        if of_everybody and not user.is_staff:
            raise Forbidden("Only staff may hear of everybody's videos and rooms.")
        if Webhook.objects.filter(owner=user).count() >= MOST:
            raise TooManyWebhooks
        webhook = Webhook.objects.create(
            owner=user,
            address=url,
            events=list(dict.fromkeys(events)),
            of_everybody=of_everybody,
            secret=signing.new_secret(),
        )
        _note("webhook made", owner, webhook.pk)
        return webhook


def _note(event: security_log.Event, owner: Principal, webhook_id: UUID) -> None:
    security_log.note(event, account=owner.user_id, webhook=str(webhook_id))


def _check(url: str) -> None:
    """Raise Invalid for an address that we never send to; names are resolved later."""
    rules = Rules(frozenset(host.strip("[]") for host in settings.ALLOWED_HOSTS))
    try:
        host = parse(url, rules).host
        with contextlib.suppress(ValueError):
            ip_address(host)
            check_ips([host], rules)
    except Refused as error:
        raise Invalid(fields={"url": error.message}) from None


def of(owner: Principal) -> list[Webhook]:
    """Return a person's webhooks, oldest first."""
    return list(Webhook.objects.filter(owner_id=owner.user_id))


def find(owner: Principal, webhook_id: UUID) -> Webhook:
    """Return one of a person's webhooks; raise WebhookNotFound, also for someone else's."""
    found = Webhook.objects.filter(pk=webhook_id, owner_id=owner.user_id).first()
    if found is None:
        raise WebhookNotFound
    return found


def delete(*, owner: Principal, webhook_id: UUID) -> None:
    """Delete a webhook and its deliveries; raise WebhookNotFound."""
    with transaction.atomic():
        find(owner, webhook_id).delete()
        _note("webhook deleted", owner, webhook_id)


def rotate(*, owner: Principal, webhook_id: UUID) -> Webhook:
    """Give a webhook a new secret; the old one signs beside it for a day.

    Raises WebhookNotFound, and Forbidden for a key.
    """
    refuse_keys(owner, "replace a secret")
    with transaction.atomic():
        # If two requests come at the same time, the secrets of both sign.
        accounts.hold(owner.user_id)
        webhook = find(owner, webhook_id)
        webhook.old_secret, webhook.secret = webhook.secret, signing.new_secret()
        webhook.old_secret_until = timezone.now() + OLD_SECRET_LASTS
        webhook.save(update_fields=["secret", "old_secret", "old_secret_until"])
        _note("webhook secret made", owner, webhook.pk)
    return webhook


def deliveries(*, owner: Principal, webhook_id: UUID) -> list[Delivery]:
    """Return the newest deliveries, at most SHOWN."""
    return list(find(owner, webhook_id).deliveries.all()[:SHOWN])


def replay(*, owner: Principal, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Send a delivery again.

    Raises WebhookNotFound, DeliveryNotFound and TooManyDeliveries.
    """
    webhook = find(owner, webhook_id)
    found = webhook.deliveries.select_related("webhook").filter(pk=delivery_id).first()
    if found is None:
        raise DeliveryNotFound
    _revive(webhook)
    return outbox.replay(found)


def test(*, owner: Principal, webhook_id: UUID) -> Delivery:
    """Send a test message; raise WebhookNotFound and TooManyDeliveries."""
    webhook = find(owner, webhook_id)
    _revive(webhook)
    return outbox.test(webhook)


def _revive(webhook: Webhook) -> None:
    """Use an address again that was gone, because its owner asks for it."""
    Webhook.objects.filter(pk=webhook.pk).update(gone_at=None)
