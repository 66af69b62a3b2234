"""What people do with their videos: upload, find, watch, share and delete, with real files."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, CDPSession, Locator, Page, Request, expect

from tests.browser.theatre import PATIENCE_MS, Person, until
from tests.support.clips import TEN_MINUTES, Clip, make_clip
from tests.support.proxies import Line, Proxy
from tests.support.servers import Server, Servers

# Seeks into the middle between what was loaded first and what was loaded after far_into_it, and
# returns where that is: how far the beginning was loaded is the machine's affair.
TO_WHAT_IS_NOT_LOADED = """() => {
  const video = document.querySelector("video");
  const { buffered } = video;
  const loaded = buffered.start(0) < 1 ? buffered.end(0) : 0;
  return (video.currentTime = (loaded + 560) / 2);
}"""


@asynccontextmanager
async def at_home(chromium: Browser, url: str, path: str = "/library") -> AsyncIterator[Page]:
    """Open one of Ana's own pages."""
    ana = await Person.arrive(chromium, url, "Ana")
    page = await ana.context.new_page()
    await page.goto(f"{url}{path}")
    yield page
    await ana.context.close()


async def shows(place: Page | Locator, text: str) -> None:
    """Wait until the words can be read there."""
    await expect(place.get_by_text(text).first).to_be_visible()


def snapshot(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title, exact=True))


async def upload_speed(phone: CDPSession, bytes_per_s: int) -> None:
    """Let the browser send so fast; -1 as fast as it can."""
    await phone.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": bytes_per_s,
        },
    )


async def has_arrived(page: Page, uploads: list[str]) -> None:
    """Wait until the server has something of the upload that the page sends."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            headers = {"Tus-Resumable": "1.0.0"}
            answer = await page.request.head(uploads[-1], headers=headers)
            if int(answer.headers["upload-offset"]) > 0:
                return
            await page.wait_for_timeout(50)


@pytest.mark.long
async def test_an_upload_outlives_a_pause_a_cut_connection_and_a_reload(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    film = make_clip(tmp_path, Clip(duration_s=30, frame_rate=10))
    with Proxy(server.port, Line()) as network:
        async with at_home(chromium, network.url) as page:
            offsets: list[int] = []
            addresses: list[str] = []

            def note(request: Request) -> None:
                if request.method == "PATCH":
                    offsets.append(int(request.headers["upload-offset"]))
                    addresses.append(request.url)

            page.on("request", note)
            tray = page.get_by_role("region", name="Uploads")
            phone = await page.context.new_cdp_session(page)
            await upload_speed(phone, 50_000)
            await page.get_by_label("Video files").set_input_files(film)
            await shows(tray, "left")
            await has_arrived(page, addresses)
            await tray.get_by_role("button", name="Pause").click()
            await shows(tray, "paused")

            await tray.get_by_role("button", name="Resume").click()
            await shows(tray, "left")
            network.cut()
            await shows(tray, "connection lost")
            network.restore()
            await shows(tray, "left")

            page.on("dialog", lambda dialog: dialog.accept())
            await page.reload()
            await upload_speed(phone, -1)
            await shows(tray, "choose the file to continue")
            await tray.get_by_label("The file of").set_input_files(film)
            await shows(tray, "In your library")
            assert offsets[0] == 0
            assert offsets[1:] == sorted(offsets[1:])
            assert all(offset > 0 for offset in offsets[1:])
            await expect(snapshot(page, film.stem)).to_be_visible()
            videos = await (await page.request.get(f"{network.url}/api/v1/videos")).json()
            assert [video["size_bytes"] for video in videos["videos"]] == [film.stat().st_size]


async def test_a_video_is_found_watched_to_its_end_shared_and_deleted(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    title = "Sunday at the lake"
    ana = await Person.arrive(chromium, server.url, "Ana")
    film, other = make_clip(tmp_path, TEN_MINUTES), make_clip(tmp_path, Clip(duration_s=2))
    await ana.upload(film, title)
    await ana.upload(other, "The storm")
    page = await ana.context.new_page()
    await page.goto(f"{server.url}/library")
    await expect(page.get_by_role("heading", level=2)).to_have_count(2)
    await page.get_by_label("Search titles").fill("LAKE")
    await expect(page.get_by_role("heading", level=2)).to_have_text([title])
    await page.reload()
    await expect(page.get_by_role("heading", level=2)).to_have_text([title])

    await page.get_by_role("link", name="Library", exact=True).click()
    await expect(page.get_by_role("heading", level=2)).to_have_count(2)
    await expect(page.get_by_label("Search titles")).to_have_value("")

    await snapshot(page, title).click()
    await expect(page.get_by_role("table", name="About this video")).to_contain_text("10:00")
    await far_into_it(page)

    stop = page.get_by_role("button", name="Stop sharing")
    await expect(stop).to_be_hidden()
    await page.get_by_role("button", name="Watch together").click()
    await expect(page.get_by_role("tab", name="People")).to_be_visible()
    await expect(page.get_by_role("banner").get_by_role("heading")).to_have_text(title)
    await until(page, "() => document.querySelector('video')?.readyState >= 3")
    await page.go_back()

    await stop.click()
    question = page.get_by_role("dialog")
    await expect(question).to_contain_text(f"It is chosen in “{title}”.")
    await question.get_by_role("button", name="Stop sharing").click()
    await expect(page.get_by_text("Only you can watch it now.").last).to_be_visible()
    await expect(stop).to_be_hidden()

    await page.get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog")
    await expect(question).to_contain_text(title)
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await question.get_by_role("button", name="Delete video").click()
    await expect(page.get_by_text(f"“{title}” is deleted.").last).to_be_visible()
    await expect(page).to_have_url(f"{server.url}/library")
    await expect(page.get_by_role("heading", level=2)).to_have_text(["The storm"])
    await ana.context.close()


def shelve(servers: Servers, owner: str, lengths_s: list[int]) -> None:
    """Put rows of videos into the library of ``owner``, the first the oldest."""
    for number, length_s in enumerate(lengths_s):
        row = {
            "id": uuid4().hex,
            "owner_id": UUID(owner).hex,
            "title": f"Film {number:02}",
            "title_folded": f"film {number:02}",
            "title_sorted": f"film {len(str(number))}{number}",
            "status": "completed",
            "duration_s": str(length_s),
            "size_bytes": "1000",
            "mime_type": "video/mp4",
            "token_epoch": "0",
            "version": "0",
            "address_mark": "",
            "is_interlaced": "0",
            "is_open_gop": "0",
            "is_oddly_turned": "0",
            "is_switched_off": "0",
            "is_slow_to_open": "0",
            "request_digest": "",
            "created_at": f"2026-01-01 00:00:{number:02}",
        }
        marks = ", ".join("?" * len(row))
        servers.query(
            f"INSERT INTO library_video ({', '.join(row)}) VALUES ({marks})", *row.values()
        )
        servers.query(
            "INSERT INTO library_source (video_id, storage, key, etag, is_open)"
            " VALUES (?, 'local', ?, '', 0)",
            row["id"],
            row["id"],
        )


async def test_the_order_of_the_library_stays_through_search_filter_more_and_a_reload(
    servers: Servers, chromium: Browser
) -> None:
    server = servers.start()
    ana = await Person.arrive(chromium, server.url, "Ana")
    # More than a page of them; the lengths are those of a shuffled pack.
    lengths_s = [1 + number * 17 % 30 for number in range(30)]
    shelve(servers, ana.id, lengths_s)
    longest = [
        f"Film {number:02}" for number in sorted(range(30), key=lambda number: -lengths_s[number])
    ]
    page = await ana.context.new_page()
    await page.goto(f"{server.url}/library")
    titles = page.get_by_role("heading", level=2)
    await expect(titles.first).to_have_text("Film 29")

    # As a keyboard does it: the search, the state, the order.
    await page.get_by_label("Search titles").focus()
    for key in ["Tab", "Tab", "L"]:
        await page.keyboard.press(key)
    order = page.get_by_label("Order")
    await expect(order).to_be_focused()
    await expect(order).to_have_value("-duration_s")
    await expect(titles).to_have_text(longest[:24])
    await page.get_by_role("button", name="Load more").click()
    await expect(titles).to_have_text(longest)

    await page.get_by_label("Search titles").fill("film 1")
    await expect(titles).to_have_text([title for title in longest if "1" in title])
    await page.get_by_label("State").select_option("Ready")
    await expect(page).to_have_url(
        f"{server.url}/library?q=film+1&status=completed&sort=-duration_s"
    )
    await page.reload()
    await expect(order).to_have_value("-duration_s")
    await expect(titles).to_have_text([title for title in longest if "1" in title])
    await ana.context.close()


async def test_a_search_without_a_network_counts_nothing_and_is_made_when_it_is_back(
    servers: Servers, chromium: Browser
) -> None:
    server = servers.start()
    ana = await Person.arrive(chromium, server.url, "Ana")
    shelve(servers, ana.id, [61, 62])
    page = await ana.context.new_page()
    await page.goto(f"{server.url}/library")
    await shows(page, "2 videos")
    await ana.context.set_offline(True)
    await page.get_by_label("Search titles").fill("no such film")
    await shows(page, "The server cannot be reached.")
    await expect(page.get_by_text(re.compile("^2 (videos|found)$"))).to_have_count(0)
    await ana.context.set_offline(False)
    await shows(page, "No videos match.")
    await ana.context.close()


async def far_into_it(page: Page) -> None:
    """Seek to where nothing is loaded, and wait for the picture from there."""
    await until(page, "() => document.querySelector('video')?.readyState >= 1")
    async with page.expect_response(
        lambda response: response.status == 206 and "/stream" in response.url
    ):
        await page.evaluate("document.querySelector('video').currentTime = 570")
    await until(
        page,
        "() => { const video = document.querySelector('video');"
        " return video.currentTime >= 570 && video.readyState >= 3 }",
    )


async def test_several_videos_are_chosen_together_queued_and_deleted(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    film = make_clip(tmp_path, Clip(duration_s=1))
    ana = await Person.arrive(chromium, server.url, "Ana")
    for title in ("One", "Two", "Three"):
        await ana.upload(film, title)
    room = await ana.call("POST", "/rooms", data={"name": "Film night"})
    page = await ana.context.new_page()
    await page.goto(f"{ana.url}/r/{room['code']}")
    await page.get_by_title("How well the video is in sync").get_by_text("Connected").wait_for()
    await page.goto(f"{ana.url}/library")
    await page.get_by_role("button", name="Select").click()
    for title in ("One", "Two"):
        await page.get_by_role("checkbox", name=title).check()
    await shows(page, "2 selected")
    await page.get_by_role("button", name="Add to your room").click()
    await shows(page, "2 videos added to the queue of “Film night”.")
    await page.get_by_role("button", name="Select").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("checkbox")).to_have_count(0)
    await page.get_by_role("button", name="Select").click()
    await page.get_by_role("button", name="Select all").click()
    await page.get_by_role("checkbox", name="Three").uncheck()
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("button", name="Delete 2 videos").click()
    await shows(page, "2 videos deleted.")
    await expect(page.get_by_role("link", name="Three")).to_be_visible()
    await expect(page.get_by_role("link", name="One")).to_have_count(0)
    await ana.context.close()


async def test_a_link_that_ran_out_is_renewed_and_the_picture_goes_on_where_it_was(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    ana = await Person.arrive(chromium, server.url, "Ana")
    video = await ana.upload(make_clip(tmp_path, TEN_MINUTES), "Sunday at the lake")
    page = await ana.context.new_page()
    await page.goto(f"{server.url}/videos/{video}")
    await far_into_it(page)
    await page.evaluate("window.first = document.querySelector('video')")
    await ana.call("DELETE", f"/videos/{video}/tokens")
    async with page.expect_response(f"**/{video}/playback"):
        there = await page.evaluate(TO_WHAT_IS_NOT_LOADED)
    await until(
        page,
        "there => { const video = document.querySelector('video');"
        " return Math.abs(video.currentTime - there) < 5 && video.readyState >= 3 }",
        arg=there,
    )
    # Still the same element: a film in full screen stays there.
    assert await page.evaluate("window.first === document.querySelector('video')")
    await ana.context.close()


async def test_a_program_signs_in_with_a_key_until_it_is_revoked(
    server: Server, chromium: Browser
) -> None:
    async with at_home(chromium, server.url, "/account") as page:
        await page.get_by_label("Name of the new key").fill("Backup")
        await page.get_by_role("button", name="Create key").click()
        key = await page.get_by_label("API key", exact=True).input_value()
        program = await chromium.new_context(extra_http_headers={"X-API-Key": key})
        me = f"{server.url}/api/v1/auth/me"
        assert (await program.request.get(me)).status == 200
        await page.get_by_role("button", name="Done").click()
        await page.get_by_role("button", name="Revoke Backup").click()
        await page.get_by_role("button", name="Revoke key").click()
        await expect(page.get_by_text("No API keys yet.")).to_be_visible()
        assert key not in json.dumps(await page.evaluate("document.body.innerHTML"))
        assert (await program.request.get(me)).status == 401
        await program.close()


async def test_a_guest_takes_another_name_and_leaves_with_all_they_own(
    server: Server, chromium: Browser
) -> None:
    async with at_home(chromium, server.url, "/account") as page:
        await page.get_by_label("Your name").fill("Another name")
        await page.get_by_role("button", name="Change name").click()
        await expect(page.get_by_role("banner")).to_contain_text("Another name")
        await expect(page.get_by_text("This browser ·")).to_be_visible()
        await page.get_by_role("button", name="Delete account").click()
        await page.get_by_role("button", name="Delete account for good").click()
        await expect(page.get_by_text("Your account is deleted.").first).to_be_visible()
        assert (await page.request.get(f"{server.url}/api/v1/auth/me")).status == 401


async def test_nobody_is_asked_for_a_name_to_a_room_that_is_not_there(
    server: Server, page: Page
) -> None:
    await page.goto(f"{server.url}/r/nosuchroom")
    await expect(page.get_by_role("heading", name="Room not found")).to_be_visible()


async def test_nobody_becomes_a_stranger_by_one_question_that_fails(
    server: Server, chromium: Browser
) -> None:
    async with at_home(chromium, server.url, "/account") as page:
        await page.route("**/api/v1/auth/me", lambda route: route.abort(), times=1)
        await page.goto(f"{server.url}/library")
        await expect(page.get_by_role("banner")).to_contain_text("Ana")
        await shows(page, "Your library is empty.")


async def test_who_signs_in_in_another_tab_is_not_made_a_guest_in_this_one(
    server: Server, page: Page
) -> None:
    await page.goto(f"{server.url}/library")
    name = page.get_by_label("Your name")
    await name.fill("Ann")
    account = {
        "email": "ann@example.org",
        "password": "correct horse battery",
        "display_name": "Ann of the account",
    }
    await page.evaluate(
        """body => fetch("/api/v1/auth/register", {
          method: "POST", body: JSON.stringify(body), headers: {"Content-Type": "application/json"},
        })""",
        account,
    )
    await name.press("Enter")
    await expect(page.get_by_role("banner")).to_contain_text("Ann of the account")
    await shows(page, "Your library is empty.")
