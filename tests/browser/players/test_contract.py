"""What every player must do, whichever plays: ours, or a page that speaks a provider's API.

Most of the time is real time that films play, so all kinds do the same side by side.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from tests.browser.players.lab import KINDS, OWN_ELEMENT, Lab
from tests.support.waiting import eventually

COMMANDED = [kind for kind in KINDS if kind != "vidking"]
EMBEDDED = [kind for kind in KINDS if kind not in OWN_ELEMENT]

Behaviour = Callable[[Lab, str], Awaitable[None]]
Test = Callable[[dict[str, Lab]], Awaitable[None]]


def each_of(kinds: list[str]) -> Callable[[Behaviour], Test]:
    """Make a test of what each of ``kinds`` must do, each on a page of its own at the same time.

    A failure names its kind.
    """

    def test_of(behaviour: Behaviour) -> Test:
        @functools.wraps(behaviour)
        async def test(labs: dict[str, Lab]) -> None:
            ends = await asyncio.gather(
                *(behaviour(labs[kind], kind) for kind in kinds), return_exceptions=True
            )
            failures = []
            for kind, end in zip(kinds, ends, strict=True):
                if isinstance(end, BaseException):
                    end.add_note(f"The kind of player: {kind}")
                    failures.append(end)
            if failures:
                raise BaseExceptionGroup("not every kind of player does this", failures)

        # Pytest would give the fixtures of what is wrapped.
        del test.__wrapped__
        return test

    return test_of


every_kind = each_of(KINDS)


@every_kind
async def test_it_becomes_ready_and_stands_at_the_beginning(lab: Lab, kind: str) -> None:
    await lab.ready(kind)
    assert await lab.do("[player.paused, player.ended, player.currentTime]") == [True, False, 0]
    await lab.blames_nobody()


@every_kind
async def test_it_plays_when_asked_and_time_goes_on(lab: Lab, kind: str) -> None:
    await lab.ready(kind)
    assert await lab.play() == "resolved"
    assert await lab.do("player.paused") is False
    await lab.hears("play")
    await lab.hears("playing")
    await lab.holds("player.currentTime > 1")
    await lab.holds("Math.round(player.duration) === " + ("20" if kind in OWN_ELEMENT else "60"))
    await lab.blames_nobody()


@every_kind
async def test_time_goes_on_smoothly_between_reports(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    times = await lab.times()
    steps = [later[1] - earlier[1] for earlier, later in pairwise(times)]
    assert min(steps) > -0.05
    # No step is as long as the pause between two reports of a provider.
    assert max(steps) < 0.2
    (began_s, from_s), (ended_s, to_s) = times[0], times[-1]
    assert to_s - from_s == pytest.approx(ended_s - began_s, abs=0.2)


@every_kind
async def test_it_pauses_when_asked_and_time_stands(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.do("player.pause()")
    await lab.hears("pause")
    assert await lab.do("player.paused") is True

    async def time_stands() -> bool:
        # A provider tells a little later where exactly it stands.
        times = await lab.times()
        return bool(times[-1][1] - times[0][1] == pytest.approx(0, abs=0.1))

    await eventually(time_stands)
    await lab.blames_nobody()


@every_kind
async def test_it_seeks_while_playing_and_plays_on(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    assert await lab.seeks(12) == pytest.approx(12, abs=0.1)
    await lab.hears("seeked")
    await lab.holds("player.currentTime > 12.5 && !player.paused && !player.buffering")
    assert await lab.came_no_further()
    await lab.blames_nobody()


@every_kind
async def test_it_seeks_before_it_has_ever_played_and_stands_there(lab: Lab, kind: str) -> None:
    await lab.ready(kind)
    await lab.seeks(8)
    await lab.hears("seeked")
    assert await lab.do("[player.paused, Math.round(player.currentTime)]") == [True, 8]
    assert await lab.play() == "resolved"
    await lab.holds("player.currentTime > 8.3 && !player.buffering")
    assert await lab.came_no_further()
    await lab.blames_nobody()


@every_kind
async def test_what_is_asked_before_it_is_ready_is_done_then(lab: Lab, kind: str) -> None:
    await lab.open(
        kind,
        at_once="lab.sought = { to: 10, at_ms: performance.now() };"
        " player.seek(10); window.started = lab.outcome(player.play());",
    )
    assert await lab.page.evaluate("window.started") == "resolved"
    await lab.holds("player.currentTime > 10.3 && !player.buffering")
    assert await lab.came_no_further()
    await lab.blames_nobody()


@every_kind
async def test_commands_in_quick_succession_end_as_the_last_says(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.do("[player.pause(), void lab.outcome(player.play()), player.pause()]")
    await lab.holds("player.paused")
    await lab.do("[void lab.outcome(player.play()), player.pause(), player.seek(5)]")
    assert await lab.play() == "resolved"
    await lab.holds("!player.paused && player.currentTime > 5.3 && !player.buffering")
    await lab.blames_nobody()


@every_kind
async def test_a_play_that_a_pause_overtakes_is_aborted(lab: Lab, kind: str) -> None:
    await lab.open(kind, at_once="window.started = lab.outcome(player.play()); player.pause();")
    assert await lab.page.evaluate("window.started") == "AbortError"
    assert await lab.do("player.paused") is True


@every_kind
async def test_a_pause_by_the_user_is_told_apart_from_ours(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.user("pause")
    assert (await lab.hears("pause"))["fromUser"] is True
    assert await lab.do("player.paused") is True
    await lab.user("play")
    assert (await lab.hears("play"))["fromUser"] is True
    assert await lab.do("player.paused") is False


@every_kind
async def test_a_seek_by_the_user_is_told_apart_from_ours(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.do("player.seek(3)")
    await lab.hears("seeked")
    await lab.holds("!player.buffering && player.currentTime > 3.2")
    await lab.blames_nobody()
    await lab.user("ahead")
    # The provider's own word of our seek may come as late as this.
    await lab.holds("log.some((e) => e.event === 'seeked' && e.fromUser)")
    assert await lab.do("player.currentTime") > 12


@every_kind
async def test_a_pause_by_the_user_can_be_put_back(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.user("pause")
    await lab.hears("pause")
    await lab.forget()
    assert await lab.play() == "resolved"
    await lab.holds("!player.paused && !player.buffering")
    await lab.blames_nobody()


@each_of(COMMANDED)
async def test_its_rate_can_be_set_and_moves_time(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    assert await lab.do("player.traits.rate") is True
    await lab.do("player.setRate(2)")
    await lab.hears("ratechange")
    await lab.blames_nobody()

    async def time_moves_twice_as_fast() -> bool:
        # Not at every look: a busy machine stops the picture too.
        times = await lab.times()
        (began_s, from_s), (ended_s, to_s) = times[0], times[-1]
        return bool((to_s - from_s) / (ended_s - began_s) == pytest.approx(2, abs=0.4))

    await eventually(time_moves_twice_as_fast)
    assert await lab.do("player.playbackRate") == 2


@each_of(COMMANDED)
async def test_a_rate_chosen_by_the_user_is_told_apart_from_ours(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.user("faster")
    assert (await lab.hears("ratechange"))["fromUser"] is True
    assert await lab.do("player.playbackRate") == 2
    await lab.do("player.setRate(1)")
    await lab.holds("player.playbackRate === 1")


@each_of(COMMANDED)
async def test_its_volume_can_be_set(lab: Lab, kind: str) -> None:
    await lab.ready(kind)
    await lab.do("player.setVolume(0.3)")
    await lab.holds("Math.abs(player.volume - 0.3) < 0.01")
    await lab.do("player.setMuted(true)")
    await lab.holds("player.muted")
    await lab.blames_nobody()
    await lab.do("player.setMuted(false)")
    await lab.holds("!player.muted")
    await lab.forget()
    await lab.user("mute")
    assert (await lab.hears("volumechange"))["fromUser"] is True


@every_kind
async def test_the_end_is_an_end_and_nobodys_pause(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.do("player.seek(Math.floor(player.duration) - 1)")
    await lab.hears("ended")
    assert await lab.do("[player.ended, player.paused]") == [True, True]
    assert await lab.do("player.currentTime") == pytest.approx(
        await lab.do("player.duration"), abs=0.1
    )
    await lab.blames_nobody()


@every_kind
async def test_it_can_be_sought_back_from_the_end_without_playing(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.do("player.seek(Math.floor(player.duration) - 1)")
    await lab.hears("ended")
    await lab.do("player.seek(4)")
    await lab.holds("!player.ended && !player.buffering")
    assert await lab.do("[player.paused, Math.round(player.currentTime)]") == [True, 4]
    await lab.blames_nobody()


@each_of(EMBEDDED)
async def test_messages_of_any_other_window_or_site_are_ignored(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    # A window of a site that is no provider's, and one of the provider's that is not our frame.
    for host in ("localhost", "127.0.0.1"):
        await lab.page.evaluate(
            "(liar) => new Promise((done) => {"
            "  addEventListener('message', (e) => { if (e.data?.lies === 'told') done(); });"
            "  const frame = document.createElement('iframe'); frame.src = liar;"
            "  document.body.append(frame); })",
            lab.theirs.origin(host) + "/liar.html",
        )
    # The frame itself, when it is led to another site, is no more trusted than a stranger.
    liar = lab.theirs.origin("localhost") + "/liar.html"
    # After this call has been answered: what leaves the page takes an answer under way with it.
    await lab.page.frames[1].evaluate(
        "(liar) => void setTimeout(() => location.replace(liar))", liar
    )
    await lab.page.frames[1].wait_for_url(liar)
    await lab.page.frames[1].wait_for_function("window.heard")
    await lab.do("player.seek(30)")

    heard = {event["event"] for event in await lab.heard()}
    assert heard <= {"progress", "playing", "waiting", "seeked", "durationchange"}
    assert await lab.do("player.duration") == 60
    assert await lab.page.frames[1].evaluate("window.heard") == []
    await lab.blames_nobody()


@every_kind
async def test_dispose_leaves_nothing(lab: Lab, kind: str) -> None:
    await lab.playing(kind)
    await lab.do("player.seek(7)")
    await lab.do("[player.dispose(), lab.log.splice(0)]")
    assert await lab.do("lab.leaks()") == {"timers": 0, "listeners": [], "elements": 0}
    await lab.times()
    assert await lab.heard() == []


@every_kind
async def test_dispose_before_it_is_ready_leaves_nothing_either(lab: Lab, kind: str) -> None:
    await lab.open(kind, at_once="window.started = lab.outcome(player.play()); player.dispose();")
    assert await lab.page.evaluate("window.started") == "AbortError"
    assert await lab.do("lab.leaks()") == {"timers": 0, "listeners": [], "elements": 0}
    assert await lab.heard() == []


async def test_a_provider_that_the_page_does_not_know_has_no_player(labs: dict[str, Lab]) -> None:
    lab = labs["html"]
    await lab.ready("html")
    playable = {"kind": "iframe", "url": "https://x.example/", "expires_at": None}
    reason = await lab.page.evaluate(
        "(playable) => lab.open({ provider: 'drm_box' }, playable).then(() => lab.refused)",
        {**playable, "mime_type": None},
    )
    assert reason["kind"] == "unsupported"
