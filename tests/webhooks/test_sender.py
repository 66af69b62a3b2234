"""Events on their way to a real server of somebody else's."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from django.db import InternalError, OperationalError
from django.utils import timezone
from structlog.testing import capture_logs

from accounts.models import User
from accounts.principal import Principal
from core import announcements, signing
from core.announcements import Event
from core.database import in_database
from tests.accounts import people
from tests.support.loopback import LoopbackRules
from tests.support.raw_server import Asked, Raw, raw_server
from tests.webhooks.owners import a_webhook, signed_in
from webhooks import outbox, retention, sender, services
from webhooks.models import Delivery, DeliveryStatus, Webhook

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

OF_BEN = 5
FACTS = {"id": "1", "title": "Ein Fest für Müller"}


class Receiver:
    """Somebody's server: ``status`` is what it answers."""

    def __init__(self) -> None:
        self.status = "204 No Content"
        self.raw = Raw()

    def answer(self, _asked: Asked) -> bytes:
        location = "Location: http://127.0.0.1:1/\r\n" if self.status.startswith("3") else ""
        text = "" if self.status.startswith("204") else "no, thanks"
        return (
            f"HTTP/1.1 {self.status}\r\n{location}Content-Length: {len(text)}\r\n\r\n{text}"
        ).encode()


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with raw_server(receiver.answer) as receiver.raw:
        yield receiver


@pytest_asyncio.fixture
async def sending() -> sender.Sender:
    return sender.Sender(LoopbackRules())


@pytest.fixture(autouse=True)
def listening() -> Any:
    announcements.listen(outbox.record)
    yield
    announcements.listen()


announce = in_database(announcements.announce)


async def send_all(sending: sender.Sender) -> int:
    """Send everything that is due; return how much that was."""
    sent = 0
    while (delivery := await sender._take({})) is not None:
        await sending.send(delivery)
        sent += 1
    return sent


async def only_delivery() -> Delivery:
    return await Delivery.objects.aget()


async def lapse() -> None:
    await Delivery.objects.aupdate(held_until=timezone.now() - timedelta(seconds=1))


async def test_an_event_arrives_signed_and_only_where_it_is_wanted(
    receiver: Receiver, sending: sender.Sender
) -> None:
    ann, ben = await people.registered("ann@example.org"), await people.registered()
    wanted = await a_webhook(ann, f"{receiver.raw.url}/ann", Event.VIDEO_READY)
    await a_webhook(ann, f"{receiver.raw.url}/other", Event.ROOM_ENDED)
    await a_webhook(ben, f"{receiver.raw.url}/ben", Event.VIDEO_READY)
    await User.objects.filter(pk=ben.pk).aupdate(is_staff=True)
    await a_webhook(ben, f"{receiver.raw.url}/all", Event.VIDEO_READY, of_everybody=True)
    await announce(Event.VIDEO_READY, ann.pk, **FACTS)
    assert await send_all(sending) == 2
    assert {asked.target for asked in receiver.raw.asked} == {"/ann", "/all"}
    [asked] = [asked for asked in receiver.raw.asked if asked.target == "/ann"]
    told = json.loads(asked.body)
    assert (asked.method, told["type"], told["data"]) == ("POST", "video.ready", FACTS)
    stamp = int(asked.headers["webhook-timestamp"])
    assert asked.headers["webhook-signature"] == signing.signature(
        wanted.secret, asked.headers["webhook-id"], stamp, asked.body
    )
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("lost", "left"), [("is_staff", {"/own"}), ("is_active", set())])
async def test_nothing_is_sent_to_whom_the_right_to_hear_it_was_taken(
    lost: str, left: set[str], receiver: Receiver, sending: sender.Sender
) -> None:
    ben = await people.registered()
    await User.objects.filter(pk=ben.pk).aupdate(is_staff=True)
    await a_webhook(ben, f"{receiver.raw.url}/own", Event.VIDEO_READY)
    await a_webhook(ben, f"{receiver.raw.url}/all", Event.VIDEO_READY, of_everybody=True)
    await announce(Event.VIDEO_READY, ben.pk, **FACTS)
    await User.objects.filter(pk=ben.pk).aupdate(**{lost: False})
    await announce(Event.VIDEO_READY, ben.pk, **FACTS)
    await send_all(sending)
    assert {asked.target for asked in receiver.raw.asked} == left


async def test_what_is_not_taken_is_sent_again_later_as_the_same_message(
    receiver: Receiver, sending: sender.Sender
) -> None:
    ann = await people.registered()
    await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    await announce(Event.ROOM_STARTED, ann.pk, code="abc")
    receiver.status = "500 Internal Server Error"
    assert await send_all(sending) == 1
    assert await send_all(sending) == 0
    waiting = await only_delivery()
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.PENDING, 1)
    assert (waiting.answer_status, waiting.answer) == (500, "no, thanks")
    receiver.status = "204 No Content"
    await lapse()
    assert await send_all(sending) == 1
    assert (await only_delivery()).status == DeliveryStatus.DELIVERED
    first, second = receiver.raw.asked
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


@pytest.mark.parametrize("status", ["302 Found", "400 Bad Request"])
async def test_after_ten_attempts_it_is_given_up_and_no_redirect_is_followed(
    receiver: Receiver, sending: sender.Sender, status: str
) -> None:
    ann = await people.registered()
    await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    await announce(Event.ROOM_STARTED, ann.pk, code="abc")
    receiver.status = status
    for _ in range(10):
        await lapse()
        assert await send_all(sending) == 1
    await lapse()
    assert await send_all(sending) == 0
    assert (await only_delivery()).status == DeliveryStatus.FAILED
    assert len(receiver.raw.asked) == 10


async def test_an_address_that_says_it_is_gone_gets_nothing_more_until_it_is_asked_for(
    receiver: Receiver, sending: sender.Sender
) -> None:
    ann = await people.registered()
    owner = Principal(ann.pk, ann.display_name, ann.is_guest, via="session")
    webhook = await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    receiver.status = "410 Gone"
    await announce(Event.ROOM_STARTED, ann.pk, code="abc")
    await send_all(sending)
    await announce(Event.ROOM_STARTED, ann.pk, code="def")
    assert (await only_delivery()).status == DeliveryStatus.FAILED
    receiver.status = "200 OK"
    delivery = await only_delivery()
    await in_database(services.replay)(owner=owner, webhook_id=webhook.pk, delivery_id=delivery.pk)
    assert await send_all(sending) == 1
    ids = [asked.headers["webhook-id"] for asked in receiver.raw.asked]
    assert len(set(ids)) == 2


async def old_and_new(user: User, age: timedelta) -> Delivery:
    """Announce two events, let the first have been ``age`` ago, and return its delivery."""
    await announce(Event.ROOM_STARTED, user.pk, code="old")
    old = await only_delivery()
    old.created_at -= age
    await old.asave(update_fields=["created_at"])
    await announce(Event.ROOM_STARTED, user.pk, code="new")
    return old


async def test_an_address_that_is_used_again_is_not_told_old_news(
    receiver: Receiver, sending: sender.Sender
) -> None:
    ann = await people.registered()
    webhook = await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    old = await old_and_new(ann, sender.NEWS_FOR)
    await Webhook.objects.filter(pk=webhook.pk).aupdate(gone_at=timezone.now())
    assert await send_all(sending) == 0
    owner = await signed_in(ann)
    await owner.ask("post", f"/{webhook.pk}/test", {})
    await send_all(sending)
    told = [json.loads(asked.body)["data"] for asked in receiver.raw.asked]
    assert [facts.get("code") for facts in told] == ["new", None]
    await old.arefresh_from_db()
    assert (old.status, old.answer) == (DeliveryStatus.FAILED, sender.TOO_OLD)


async def test_a_message_that_still_waits_is_removed_when_the_history_of_its_time_is() -> None:
    ann = await people.registered()
    await a_webhook(ann, "https://example.org/", Event.ROOM_STARTED)
    old = await old_and_new(ann, retention.KEPT)
    assert await retention.DELIVERIES.remove() == 1
    assert (await only_delivery()).pk != old.pk


async def test_a_test_is_sent_and_signed_to_one_address_alone_and_brings_it_back(
    receiver: Receiver, sending: sender.Sender
) -> None:
    ann = await people.registered()
    webhook = await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    await Webhook.objects.filter(pk=webhook.pk).aupdate(gone_at=timezone.now())
    owner = await signed_in(ann)
    answer = await owner.ask("post", f"/{webhook.pk}/test", {})
    assert (answer.status_code, answer.json()["event"]) == (202, "webhook.test")
    assert await send_all(sending) == 1
    [asked] = receiver.raw.asked
    body = json.loads(asked.body)
    assert (body["type"], body["data"]) == ("webhook.test", {"webhook": str(webhook.pk)})
    signing.verify(asked.headers, asked.body, keys=[webhook.secret], now_s=time.time())


async def test_an_address_on_the_machine_itself_is_asked_for_nothing(receiver: Receiver) -> None:
    ann = await people.registered()
    await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    await announce(Event.ROOM_STARTED, ann.pk, code="abc")
    careful = sender.Sender()
    await send_all(careful)
    assert receiver.raw.asked == []
    refused = await only_delivery()
    assert (refused.answer_status, refused.status) == (None, DeliveryStatus.PENDING)
    assert refused.answer == "The address leads to this server itself."


async def test_an_error_of_our_own_counts_as_an_attempt_and_is_told_in_the_log(
    receiver: Receiver, sending: sender.Sender
) -> None:
    ann = await people.registered()
    webhook = await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    # No key, with which nothing can be signed.
    await Webhook.objects.filter(pk=webhook.pk).aupdate(secret="whsec_no key")
    await announce(Event.ROOM_STARTED, ann.pk, code="abc")
    with capture_logs() as logs:
        assert await send_all(sending) == 1
    failed = await only_delivery()
    assert (failed.attempts, failed.status) == (1, DeliveryStatus.PENDING)
    assert (failed.answer_status, failed.answer) == (None, sender.NOT_SENT)
    assert [line["event"] for line in logs] == ["a webhook could not be sent"]
    assert await send_all(sending) == 0


@pytest.mark.parametrize("error", [OperationalError("away"), InternalError("it only reads")])
async def test_a_database_that_fails_for_a_moment_stops_no_sending(
    error: Exception,
    receiver: Receiver,
    sending: sender.Sender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann = await people.registered()
    await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    await announce(Event.ROOM_STARTED, ann.pk, code="abc")
    take, failures = sender._take, [error]

    async def take_when_it_is_back(under_way: Mapping[UUID, int]) -> Delivery | None:
        if failures:
            raise failures.pop()
        return await take(under_way)

    monkeypatch.setattr(sender, "_take", take_when_it_is_back)
    monkeypatch.setattr(sender, "POLL_S", 0.0)
    async with running(sending):
        await receiver.raw.connected.wait()


@contextlib.asynccontextmanager
async def running(sending: sender.Sender) -> AsyncIterator[None]:
    """Have everything sent that is due while this lasts, which must not be long."""
    task = asyncio.create_task(sending.run())
    try:
        async with asyncio.timeout(30):
            yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_addresses_that_never_answer_keep_nobody_elses_webhook_waiting(
    sending: sender.Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(asked: Asked) -> bytes | None:
        if asked.target == "/silent":
            return None
        arrived.add(asked.body)
        if len(arrived) == OF_BEN:
            all_arrived.set()
        return b"HTTP/1.1 204 No Content\r\n\r\n"

    arrived: set[bytes] = set()
    all_arrived = asyncio.Event()
    # Only what is over may have the next one sent.
    monkeypatch.setattr(sender, "POLL_S", 60.0)
    ann, ben = await people.registered("ann@example.org"), await people.registered()
    async with raw_server(answer) as raw:
        for number in range(4):
            await a_webhook(ann, f"{raw.url}/silent", Event.ROOM_STARTED)
            await announce(Event.ROOM_STARTED, ann.pk, code=f"ann{number}")
        await a_webhook(ben, raw.url, Event.ROOM_STARTED)
        for number in range(OF_BEN):
            await announce(Event.ROOM_STARTED, ben.pk, code=f"ben{number}")
        async with running(sending):
            await all_arrived.wait()
        assert sum(asked.target == "/silent" for asked in raw.asked) == sender.AT_ONCE_EACH


async def test_whom_nothing_is_sent_to_just_now_comes_before_who_has_waited_longer(
    receiver: Receiver, sending: sender.Sender
) -> None:
    ann, ben = await people.registered("ann@example.org"), await people.registered()
    await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    hook = await a_webhook(ben, receiver.raw.url, Event.ROOM_STARTED)
    await announce(Event.ROOM_STARTED, ann.pk, code="abc")
    await announce(Event.ROOM_STARTED, ben.pk, code="def")
    first = await sender._take({ann.pk: 1})
    assert first is not None
    assert first.webhook_id == hook.pk
    assert await sender._take({ann.pk: sender.AT_ONCE_EACH}) is None
    assert await sender._take({ann.pk: 1}) is not None


async def test_what_waits_for_a_webhook_is_bounded(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 2)
    ann = await people.registered()
    owner = Principal(ann.pk, ann.display_name, ann.is_guest, via="session")
    webhook = await a_webhook(ann, receiver.raw.url, Event.ROOM_STARTED)
    for number in range(3):
        await announce(Event.ROOM_STARTED, ann.pk, code=f"a{number}")
    assert await Delivery.objects.acount() == 2
    delivery = await Delivery.objects.afirst()
    assert delivery is not None
    again: dict[str, Any] = {"owner": owner, "webhook_id": webhook.pk, "delivery_id": delivery.pk}
    with pytest.raises(outbox.TooManyDeliveries):
        await in_database(services.replay)(**again)
    await Delivery.objects.filter(pk=delivery.pk).aupdate(status=DeliveryStatus.FAILED)
    await in_database(services.replay)(**again)
