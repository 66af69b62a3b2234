"""What is YouTube's own: its errors, its states, its rates."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.players.lab import Lab


def address(video: str) -> str:
    return f"/embed/{video}?enablejsapi=1"


async def test_the_frame_is_told_which_page_may_command_it(lab: Lab) -> None:
    await lab.ready("youtube")
    asked = urlsplit(lab.theirs.asked[0])
    assert parse_qs(asked.query) == {
        "enablejsapi": ["1"],
        "origin": [lab.ours.origin()],
        "playsinline": ["1"],
        "rel": ["0"],
    }


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (2, "missing"),
        (5, "unsupported"),
        (100, "missing"),
        (101, "embed-refused"),
        (150, "embed-refused"),
        (153, "embed-refused"),
        (999, "unplayable"),
    ],
)
async def test_each_error_code_becomes_a_reason(lab: Lab, code: int, kind: str) -> None:
    await lab.open("youtube", address(f"error_{code}"))
    error = (await lab.hears("error"))["error"]
    assert error["kind"] == kind
    assert "YouTube" in error["message"]


async def test_an_error_of_no_known_kind_is_outlived_once(fresh_lab: Lab) -> None:
    # It fails once for each tab.
    lab = fresh_lab
    await lab.ready("youtube", address("stumbles"))
    assert len([path for path in lab.theirs.asked if path.startswith("/embed/stumbles")]) == 2
    assert await lab.play() == "resolved"
    assert "error" not in [event["event"] for event in await lab.heard()]


async def test_blocked_autoplay_is_told_and_ends_the_wait(lab: Lab) -> None:
    await lab.ready("youtube", address("autoblocked"))
    assert await lab.play() == "NotAllowedError"
    await lab.hears("blocked")
    assert await lab.do("player.paused") is True


async def test_a_player_that_never_answers_is_a_network_error(fresh_lab: Lab) -> None:
    await fresh_lab.page.clock.install()
    await fresh_lab.open("youtube", address("never-hears"))
    await fresh_lab.page.frames[1].wait_for_selector("#play")
    await fresh_lab.page.clock.run_for(20_000)
    assert (await fresh_lab.hears("error"))["error"]["kind"] == "network"


async def test_a_rate_that_youtube_does_not_offer_changes_nothing(lab: Lab) -> None:
    await lab.playing("youtube")
    await lab.do("player.setRate(1.07)")
    await lab.do("player.setRate(1.5)")
    await lab.hears("ratechange")
    assert await lab.do("player.playbackRate") == 1.5
    await lab.blames_nobody()


async def test_what_is_loaded_is_known(lab: Lab) -> None:
    await lab.playing("youtube")
    assert await lab.do("player.buffered") == [[0, 30]]


async def test_a_frame_that_is_moved_in_the_page_starts_over_where_it_was(lab: Lab) -> None:
    await lab.playing("youtube")
    await lab.seeks(20)
    await lab.holds("player.currentTime > 20.3 && !player.buffering")
    await lab.forget()
    await lab.do("document.body.prepend(player.element)")
    await lab.hears("ready")
    await lab.holds("player.currentTime > 20.5 && !player.paused && !player.buffering")
    assert await lab.came_no_further()
    await lab.blames_nobody()


async def test_youtubes_captions_are_shown_in_the_browsers_language_and_hidden(lab: Lab) -> None:
    await lab.ready("youtube")
    await lab.holds("player.captions !== null")
    await lab.do("player.captions.choose(player.captions.tracks[0].id)")
    await lab.page.frames[1].wait_for_selector("body[data-captions='en']")
    await lab.do("player.captions.choose(null)")
    await lab.page.frames[1].wait_for_selector("body[data-captions='']", state="attached")
