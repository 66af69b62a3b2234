"""Django answers without a thread for each request, and carries out what was asked."""

import asyncio
import threading
from typing import Any

import pytest
from channels.testing import HttpCommunicator

from accounts.models import User
from config.asgi import route

pytestmark = pytest.mark.django_db(transaction=True)

HEADERS = [(b"host", b"localhost"), (b"content-type", b"application/json")]


def guest_call(name: str) -> HttpCommunicator:
    body = b'{"display_name":"%s"}' % name.encode()
    return HttpCommunicator(route, "POST", "/api/v1/auth/guest", body, HEADERS)


async def test_a_crowd_is_answered_by_few_threads(live: None, settings: Any) -> None:
    settings.RATE_LIMITS = False
    before = threading.active_count()
    calls = [guest_call(f"Guest {number}") for number in range(60)]
    answers = await asyncio.gather(*(call.get_response(timeout=30) for call in calls))
    assert {answer["status"] for answer in answers} == {201}
    assert await User.objects.acount() == 60
    assert threading.active_count() - before < 20


async def test_what_was_asked_is_carried_out_though_the_client_leaves(
    live: None, settings: Any
) -> None:
    settings.RATE_LIMITS = False
    call = guest_call("Ann")
    await call.send_input({"type": "http.request", "body": call.body})
    await call.send_input({"type": "http.disconnect"})
    assert (await call.receive_output(timeout=30))["status"] == 201
    assert await User.objects.filter(display_name="Ann").aexists()
