"""Sends deliveries that are due, and retries those that failed. Any server process does it."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from core import row_lease, signing
from core.database import in_database
from core.errors import StreamItError
from core.fair_queue import set_asker
from core.per_loop import PerLoop
from library.storage.addresses import Rules
from library.storage.names import Names
from library.storage.web import Patience, Web
from webhooks import outbox
from webhooks.models import Delivery, DeliveryStatus, Webhook

log = structlog.get_logger(__name__)

POLL_S = 2.0
AT_ONCE = 8
# Deliveries at the same time for one owner, so that dead addresses do not block others.
AT_ONCE_EACH = 2
# Longer than an answer may take.
LEASE = timedelta(minutes=2)
# As suggested by Standard Webhooks: ten attempts within three days.
DELAYS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
# Older messages are news no more, for example when their webhook was gone meanwhile. Longer than
# all attempts take.
NEWS_FOR = timedelta(days=5)
TOO_OLD = f"Not sent, because it had waited for more than {NEWS_FOR.days} days."
NOT_SENT = "Not sent, because of an error on this server. Its log says which."
ANSWER_MAX = 500

_NAMES = Names("webhooks")

_Answer = tuple[int | None, str]


class Sender:
    """Sends the deliveries in one process."""

    def __init__(self, rules: Rules | None = None) -> None:
        own = frozenset(host.strip("[]") for host in settings.ALLOWED_HOSTS)
        self._web = Web(rules or Rules(own), Patience(headers_s=15, read_s=15), _NAMES)
        # The number of deliveries under way, by owner.
        self._under_way: Counter[UUID] = Counter()
        self._one_is_over = asyncio.Event()

    async def run(self) -> None:
        """Send deliveries when they are due, until cancelled."""
        async with asyncio.TaskGroup() as sending:
            while True:
                self._one_is_over.clear()
                delivery = await self._next()
                if delivery is None:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):
                            await self._one_is_over.wait()
                else:
                    self._under_way[delivery.webhook.owner_id] += 1
                    sending.create_task(self._send_and_free(delivery))

    async def _next(self) -> Delivery | None:
        """Take and return a delivery that is due; None if there is none or the database is away."""
        if self._under_way.total() >= AT_ONCE:
            return None
        try:
            return await _take(dict(self._under_way))
        except Exception:
            # The task must go on; the cause may be gone the next time.
            log.exception("webhooks wait")
            return None

    async def _send_and_free(self, delivery: Delivery) -> None:
        set_asker(str(delivery.webhook.owner_id))
        try:
            await self.send(delivery)
        except Exception:
            log.exception("the result of a webhook is not stored", delivery=str(delivery.pk))
        finally:
            self._under_way -= Counter([delivery.webhook.owner_id])
            self._one_is_over.set()

    async def send(self, delivery: Delivery) -> None:
        """Send a delivery that we have taken, unless it is too old, and store the result."""
        if delivery.created_at < timezone.now() - NEWS_FOR:
            await _give_up(delivery)
            return
        try:
            status, answer = await self._post(delivery)
        except StreamItError as error:
            status, answer = None, error.message
        except Exception:
            # It counts as an attempt: otherwise it would be repeated every two minutes for days.
            log.exception("a webhook could not be sent", delivery=str(delivery.pk))
            status, answer = None, NOT_SENT
        await _store(delivery, status, answer)

    async def _post(self, delivery: Delivery) -> _Answer:
        now_s = int(time.time())
        message_id = f"msg_{delivery.pk.hex}"
        body = delivery.body.encode()
        headers = signing.headers(message_id, now_s, body, keys=_secrets(delivery.webhook))
        answer = await self._web.send(
            "POST",
            delivery.webhook.address,
            {**headers, "Content-Type": "application/json"},
            body,
            most=ANSWER_MAX,
        )
        return answer.status, answer.text


def _secrets(webhook: Webhook) -> list[str]:
    until = webhook.old_secret_until
    is_rotating = webhook.old_secret and until is not None and until > timezone.now()
    return [webhook.secret, *([webhook.old_secret] if is_rotating else [])]


@in_database
def _take(under_way: Mapping[UUID, int]) -> Delivery | None:
    """Take a delivery that is due, first of owners with none under way."""
    pending = Delivery.objects.filter(status=DeliveryStatus.PENDING, webhook__in=outbox.allowed())
    due = pending.select_related("webhook")
    first = row_lease.take_lapsed(due.exclude(webhook__owner__in=list(under_way)), LEASE)
    if first is not None or not under_way:
        return first
    busy = [owner for owner, count in under_way.items() if count >= AT_ONCE_EACH]
    return row_lease.take_lapsed(due.exclude(webhook__owner__in=busy), LEASE)


@in_database
def _store(delivery: Delivery, status: int | None, answer: str) -> None:
    attempts = delivery.attempts + 1
    told = {
        "attempts": attempts,
        "answer_status": status,
        "answer": answer[:ANSWER_MAX],
        "tried_at": timezone.now(),
    }
    if status is not None and 200 <= status < 300:
        delivery.held().update(status=DeliveryStatus.DELIVERED, **told)
    elif status == HTTPStatus.GONE:
        delivery.held().update(status=DeliveryStatus.FAILED, **told)
        Webhook.objects.filter(pk=delivery.webhook_id).update(gone_at=timezone.now())
    elif attempts > len(DELAYS_S):
        delivery.held().update(status=DeliveryStatus.FAILED, **told)
    else:
        # With jitter: all at the same time would overload an address that was away.
        delay_s = DELAYS_S[attempts - 1] * random.uniform(1, 1.2)  # noqa: S311
        delivery.held().update(**told)
        row_lease.renew(delivery, timedelta(seconds=delay_s))


@in_database
def _give_up(delivery: Delivery) -> None:
    delivery.held().update(status=DeliveryStatus.FAILED, answer_status=None, answer=TOO_OLD)


class _Sending:
    def __init__(self) -> None:
        self.sender = Sender()
        self.task = asyncio.create_task(self.sender.run())


_sending = PerLoop(_Sending)


async def start() -> None:
    """Start sending; several servers may do so at the same time."""
    _sending.get()


async def stop() -> None:
    """Stop sending. The rest is left to other servers or the next start."""
    sending = _sending.pop()
    if sending is not None:
        sending.task.cancel()
        await asyncio.wait({sending.task})
