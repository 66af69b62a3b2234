"""What is Vidking's own: it is commanded by its address alone."""

from tests.browser.players.lab import Lab


def addresses(lab: Lab) -> list[str]:
    """Return the addresses that the frame was given so far."""
    return [path for path in lab.theirs.asked if path.startswith("/embed/")]


async def test_it_is_loaded_once_for_all_that_is_asked_at_once(lab: Lab) -> None:
    await lab.open("vidking", at_once="player.seek(41.6); void lab.outcome(player.play());")
    await lab.hears("playing")
    assert addresses(lab) == ["/embed/movie/550?autoPlay=true&progress=42"]


async def test_play_pause_and_seek_load_it_anew(lab: Lab) -> None:
    await lab.ready("vidking", "/embed/tv/1396/1/2")
    # Else the first address may be left before it has been asked for.
    await lab.frame.wait_for_selector("#play")
    await lab.play()
    await lab.do("[player.seek(30), player.seek(31)]")
    await lab.holds("player.currentTime > 31.2 && !player.buffering")
    at_s = await lab.do("(player.pause(), Math.round(player.currentTime))")
    await lab.hears("pause")
    await lab.holds("!player.buffering")
    assert addresses(lab) == [
        "/embed/tv/1396/1/2?autoPlay=false",
        "/embed/tv/1396/1/2?autoPlay=true",
        "/embed/tv/1396/1/2?autoPlay=true&progress=31",
        f"/embed/tv/1396/1/2?autoPlay=false&progress={at_s}",
    ]


async def test_the_host_using_its_own_controls_does_not_load_it_anew(lab: Lab) -> None:
    await lab.ready("vidking")
    await lab.frame.wait_for_selector("#play")
    await lab.user("play")
    assert (await lab.hears("play"))["fromUser"] is True
    # What the room answers to the command is what already is.
    assert await lab.play() == "resolved"
    await lab.user("pause")
    assert (await lab.hears("pause"))["fromUser"] is True
    await lab.do("player.pause()")
    assert len(addresses(lab)) == 1


async def test_loading_anew_leaves_no_trace_in_the_history(lab: Lab) -> None:
    await lab.ready("vidking")
    visits = await lab.page.evaluate("history.length")
    for position in (10, 20, 30):
        await lab.do(f"player.seek({position})")
        await lab.hears("seeked")
    assert await lab.page.evaluate("history.length") == visits


async def test_an_embed_that_does_not_begin_counts_as_blocked(fresh_lab: Lab) -> None:
    await fresh_lab.page.clock.install()
    await fresh_lab.open("vidking", "/embed/movie/405")
    await fresh_lab.page.clock.run_for(100)
    await fresh_lab.frame.wait_for_selector("#play")
    await fresh_lab.do("void (window.started = lab.outcome(player.play()))")
    await fresh_lab.page.clock.run_for(25_000)
    assert await fresh_lab.page.evaluate("window.started") == "NotAllowedError"
    await fresh_lab.hears("blocked")
