"""What somebody with an account does with webhooks, and a server of theirs that gets them."""

import base64
import hashlib
import hmac
import json
import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.theatre import Person
from tests.support.raw_server import Asked, raw_server
from tests.support.servers import ROOT, Servers

PROGRAM = ROOT / "tests" / "browser" / "webhook_server.py"
ACCOUNT = {"display_name": "Ana", "email": "ana@example.org", "password": "a long pass phrase"}


def is_signed(asked: Asked, secret: str) -> bool:
    """Check a message as Standard Webhooks tells its receivers to, without our own code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    identifier, stamp = (asked.headers[f"webhook-{name}"] for name in ("id", "timestamp"))
    message = f"{identifier}.{stamp}.".encode() + asked.body
    signature = base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()
    return f"v1,{signature}" in asked.headers["webhook-signature"].split()


@pytest.mark.long
async def test_somebody_has_an_address_told_sees_what_it_answered_and_sends_it_again(
    servers: Servers, chromium: Browser
) -> None:
    server = servers.start(program=PROGRAM)
    status = "503 Service Unavailable"

    def answer(_asked: Asked) -> bytes:
        return f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\nHello".encode()

    async with raw_server(answer, host="127.0.0.2") as receiver:
        ana = await Person.arrive(chromium, server.url, "Ana")
        page = await ana.context.new_page()
        await page.goto(f"{server.url}/account/webhooks")
        await expect(page.get_by_text("Webhooks need an account.")).to_be_visible()
        registered = await ana.context.request.post(
            f"{server.url}/api/v1/auth/register",
            data=ACCOUNT,
            headers={"Authorization": f"Bearer {ana.token}"},
        )
        assert registered.status == 201, await registered.text()
        ana.token = (await registered.json())["access_token"]
        await page.goto(f"{server.url}/account")
        await page.get_by_role("link", name="Webhooks").click()
        await expect(page.get_by_text("No webhooks yet.")).to_be_visible()

        # By keyboard alone: what is wrong is said, and what is chosen is told.
        await page.get_by_role("button", name="Add webhook").press("Enter")
        await expect(page.get_by_label("Address")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Enter an address.")).to_be_visible()
        await page.keyboard.type("gopher://127.0.0.2/")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("must begin with http://")).to_be_visible()
        # Also when it is the same again.
        await page.get_by_role("dialog").get_by_role("button", name="Add webhook").press("Enter")
        await expect(page.get_by_label("Address")).to_be_focused()
        await page.keyboard.press("Control+A")
        url = f"{receiver.url}/hook"
        await page.keyboard.type(url)
        for _ in range(5):
            await page.keyboard.press("Tab")
        await expect(page.get_by_label("A room is over")).to_be_focused()
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        secret = await page.get_by_label("Secret", exact=True).input_value()
        await page.get_by_role("button", name="Done").click()
        row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=url))
        await expect(row.get_by_text("room.started")).to_be_visible()
        await expect(row.get_by_text("room.ended")).to_have_count(0)
        assert secret not in await page.content()

        await row.get_by_role("button", name="Deliveries").click()
        await expect(row.get_by_text("Nothing was sent yet")).to_be_visible()
        room = await ana.call("POST", "/rooms", data={"name": "Film night"})
        watcher = await ana.context.new_page()
        await watcher.goto(f"{server.url}/r/{room['code']}")
        await watcher.get_by_title("How well the video is in sync").wait_for()
        await watcher.close()
        # It is seen as it comes, and may have been tried again by then.
        answered = re.compile(r"Answered 503 · \d attempts? · next try")
        await expect(row.get_by_text(answered)).to_be_visible()
        await expect(row.get_by_text("Hello")).to_be_visible()
        first = receiver.asked[0]
        told = json.loads(first.body)
        assert (told["type"], told["data"]["code"]) == ("room.started", room["code"])
        assert is_signed(first, secret)

        status = "200 OK"
        await row.get_by_role("button", name="Send again").click()
        await expect(row.get_by_text("Delivered").first).to_be_visible()
        assert receiver.asked[-1].body == first.body

        await row.get_by_role("button", name="Send a test").click()
        tested = row.get_by_role("listitem").filter(has_text="webhook.test")
        await expect(tested.get_by_text("Delivered")).to_be_visible()
        # The first is tried again by itself, perhaps behind it.
        assert "webhook.test" in [json.loads(asked.body)["type"] for asked in receiver.asked]

        await row.get_by_role("button", name="New secret").click()
        await page.get_by_role("button", name="Replace secret").click()
        assert await page.get_by_label("Secret", exact=True).input_value() != secret
        await page.get_by_role("button", name="Done").click()
        await row.get_by_role("button", name="Remove").click()
        await page.get_by_role("button", name="Remove webhook").click()
        await expect(page.get_by_text("No webhooks yet.")).to_be_visible()
        assert (await ana.call("GET", "/webhooks")) == {"webhooks": []}
        await ana.context.close()
