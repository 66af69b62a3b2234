"""Webhooks over REST: whose they are, where they may lead, and their secrets."""

from typing import Any

import pytest
from django.test import AsyncClient

from accounts import keys
from accounts.models import User
from accounts.principal import Principal
from core.announcements import Event
from core.database import in_database
from tests.accounts import people
from tests.webhooks.owners import a_webhook, signed_in
from webhooks import sender
from webhooks.models import Webhook

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def test_a_secret_is_shown_once_and_replaced_with_both_signing() -> None:
    ann = await signed_in(await people.registered())
    body = {"url": "https://example.org/hook", "events": ["video.ready", "video.ready"]}
    made = (await ann.ask("post", "", body)).json()
    assert made["events"] == ["video.ready"]
    listed = (await ann.ask("get")).json()["webhooks"]
    assert [(each["id"], "secret" in each) for each in listed] == [(made["id"], False)]
    again = (await ann.ask("post", f"/{made['id']}/secret", {})).json()
    assert again["secret"] != made["secret"]
    row = await Webhook.objects.aget()
    assert sender._secrets(row) == [again["secret"], made["secret"]]
    assert (await ann.ask("delete", f"/{made['id']}")).status_code == 204
    assert (await ann.ask("get")).json() == {"webhooks": []}


async def test_webhooks_are_for_accounts_and_public_addresses_and_everybodys_for_staff() -> None:
    body = {"url": "https://example.org/hook", "events": ["room.ended"]}
    assert (await (await signed_in(await people.guest())).ask("post", "", body)).status_code == 403
    user = await people.registered()
    ann = await signed_in(user)
    for wrong in ("http://127.0.0.1/", "ftp://example.org/", "https://example.org:22/", "nothing"):
        answer = await ann.ask("post", "", {**body, "url": wrong})
        assert (answer.status_code, "url" in answer.json()["error"]["fields"]) == (422, True), wrong
    assert (await ann.ask("post", "", {**body, "events": ["video.stolen"]})).status_code == 422
    everybodys = {**body, "of_everybody": True}
    assert (await ann.ask("post", "", everybodys)).status_code == 403
    await User.objects.filter(pk=user.pk).aupdate(is_staff=True)
    assert (await ann.ask("post", "", everybodys)).status_code == 201


async def test_by_a_key_nobody_gets_a_webhook_or_a_secret_that_outlives_it() -> None:
    user = await people.registered()
    ann = Principal(user.pk, user.display_name, user.is_guest, via="session")
    row = await a_webhook(user, "https://example.org/hook", Event.ROOM_ENDED)
    _key, text = await in_database(keys.create)(owner=ann, name="stolen")
    program: dict[str, Any] = {"headers": {"X-API-Key": text}, "content_type": "application/json"}
    body = {"url": "https://example.org/hook", "events": ["room.ended"]}
    hooks, client = "/api/v1/webhooks", AsyncClient()
    assert (await client.post(hooks, body, **program)).status_code == 403
    assert (await client.post(f"{hooks}/{row.pk}/secret", {}, **program)).status_code == 403
    assert (await client.get(hooks, **program)).status_code == 200
    unchanged = await Webhook.objects.aget()
    assert (unchanged.pk, unchanged.secret) == (row.pk, row.secret)


async def test_nobody_sees_or_ends_the_webhooks_of_another() -> None:
    ann, ben = await people.registered("ann@example.org"), await people.registered()
    row = await a_webhook(ann, "https://example.org/hook", Event.ROOM_ENDED)
    other = await signed_in(ben)
    assert (await other.ask("get")).json() == {"webhooks": []}
    for method, path in [
        ("delete", ""),
        ("post", "/secret"),
        ("get", "/deliveries"),
        ("post", f"/deliveries/{row.pk}/replay"),
        ("post", "/test"),
    ]:
        answer = await other.ask(method, f"/{row.pk}{path}", {} if method == "post" else None)
        assert answer.status_code == 404, path
