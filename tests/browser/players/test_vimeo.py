"""What is Vimeo's own: its errors and its refusals."""

import pytest

from tests.browser.players.lab import Lab


async def test_the_hash_of_an_unlisted_video_reaches_the_frame(lab: Lab) -> None:
    await lab.ready("vimeo", "/video/76979871?h=8272103f6e")
    assert lab.theirs.asked[0].startswith("/video/76979871?h=8272103f6e&")


@pytest.mark.parametrize(
    ("video", "kind"),
    [(404, "missing"), (403, "embed-refused"), (401, "embed-refused"), (500, "unplayable")],
)
async def test_each_error_becomes_a_reason(lab: Lab, video: int, kind: str) -> None:
    await lab.open("vimeo", f"/video/{video}")
    assert (await lab.hears("error"))["error"]["kind"] == kind


async def test_an_error_of_no_known_kind_is_outlived_once(fresh_lab: Lab) -> None:
    # It fails once for each tab.
    lab = fresh_lab
    await lab.ready("vimeo", "/video/503")
    assert len([path for path in lab.theirs.asked if path.startswith("/video/503")]) == 2
    assert await lab.play() == "resolved"
    assert "error" not in [event["event"] for event in await lab.heard()]


async def test_blocked_autoplay_is_told_and_ends_the_wait(lab: Lab) -> None:
    await lab.ready("vimeo", "/video/405")
    assert await lab.play() == "NotAllowedError"
    await lab.hears("blocked")


async def test_a_start_that_a_pause_cut_short_is_no_failure(lab: Lab) -> None:
    await lab.ready("vimeo", "/video/408")
    await lab.do("player.play().catch(() => {})")
    await lab.page.frames[1].wait_for_selector("body[data-aborted]", state="attached")
    assert await lab.play() == "resolved"
    assert "error" not in [event["event"] for event in await lab.heard()]


async def test_a_refused_rate_leaves_the_video_playing(lab: Lab) -> None:
    await lab.ready("vimeo", "/video/406")
    await lab.play()
    await lab.do("player.setRate(1.5)")
    await lab.holds("player.currentTime > 0.5")
    assert await lab.do("player.playbackRate") == 1
    assert "error" not in [event["event"] for event in await lab.heard()]


async def test_a_page_that_is_no_player_is_a_network_error(fresh_lab: Lab) -> None:
    await fresh_lab.page.clock.install()
    await fresh_lab.open("vimeo", "/leaks.js")
    await fresh_lab.page.frames[1].wait_for_load_state()
    await fresh_lab.page.clock.run_for(20_000)
    assert (await fresh_lab.hears("error"))["error"]["kind"] == "network"


async def test_vimeos_captions_are_listed_and_switched(lab: Lab) -> None:
    await lab.ready("vimeo")
    await lab.holds("player.captions !== null")
    tracks = await lab.do("player.captions.tracks")
    assert [(track["language"], track["label"]) for track in tracks] == [
        ("en", "English CC"),
        ("fr", "Français"),
    ]
    for choice, shown in [("tracks[1].id", "Français"), ("tracks[0].id", "English CC")]:
        await lab.do(f"player.captions.choose(player.captions.{choice})")
        await lab.page.frames[1].wait_for_selector(f"body[data-captions='{shown}']")
    await lab.do("player.captions.choose(null)")
    await lab.page.frames[1].wait_for_selector("body[data-captions='']", state="attached")


async def test_a_vimeo_video_without_captions_offers_none(lab: Lab) -> None:
    await lab.ready("vimeo", "/video/407")
    await lab.play()
    await lab.holds("player.currentTime > 0.1")
    assert await lab.do("player.captions") is None
