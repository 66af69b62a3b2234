"""What is our own element's: why it fails, and how HLS recovers."""

import asyncio
import re
from pathlib import Path

import pytest

from media.playability import question_of
from tests.browser.conftest import Launch
from tests.browser.players.lab import Lab
from tests.browser.players.sites import Gate, Site


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/status/401/clip.mp4", "expired"),
        ("/status/403/clip.mp4", "expired"),
        ("/status/404/clip.mp4", "missing"),
        ("/status/410/clip.mp4", "missing"),
        ("/status/502/clip.mp4", "network"),
        ("/status/503/unavailable/clip.mp4", "network"),
        ("/status/425/clip.mp4", "network"),
        ("/status/409/of_a_newer_server/clip.mp4", "network"),
        ("/status/502/storage_refused/clip.mp4", "unplayable"),
        ("/status/409/not_ready/clip.mp4", "preparing"),
        ("http://127.0.0.1:9/clip.mp4", "network"),
        ("/text.mp4", "unsupported"),
    ],
)
async def test_a_file_that_cannot_be_played_says_why(lab: Lab, address: str, reason: str) -> None:
    await lab.open("html", address)
    assert (await lab.hears("error"))["error"]["kind"] == reason


async def test_a_file_outlives_a_server_that_stumbles(lab: Lab) -> None:
    lab.ours.fails = {"clip.mp4": 1}
    # An address that the browser has not kept.
    await lab.ready("html", "/clip.mp4?stumbles")
    assert lab.ours.fails == {"clip.mp4": 0}
    assert await lab.play() == "resolved"
    assert "error" not in [event["event"] for event in await lab.heard()]


@pytest.mark.parametrize(
    ("mime_type", "codec", "plays"),
    [("video/x-matroska", "h264", True), ("video/mp4", "hevc", False)],
)
async def test_a_file_that_not_all_browsers_play_plays_in_those_that_do(
    lab: Lab, mime_type: str, codec: str, plays: bool
) -> None:
    question = question_of(
        mime_type=mime_type, video_codec=codec, audio_codec="aac", pixel_format="yuv420p"
    )
    assert question is not None
    where = {"media_type": question.media_type, "code": "not_playable", "message": "Not here."}
    await lab.open("html", "/clip.mkv", only_where=where)
    if plays:
        await lab.hears("ready")
        assert await lab.play() == "resolved"
        await lab.holds("player.currentTime > 0.5")
    else:
        assert await lab.page.evaluate("lab.refused") == {
            "kind": "unplayable",
            "message": "Not here.",
        }


RENEW = "player.renew({ kind: 'file', url: '/clip.mp4', expires_at: null, mime_type: null })"


async def test_a_newer_link_is_taken_when_the_old_one_fails(lab: Lab) -> None:
    await lab.open("html", "/status/401/clip.mp4", at_once=RENEW)
    await lab.hears("ready")
    assert await lab.play() == "resolved"
    assert "error" not in [event["event"] for event in await lab.heard()]


@pytest.mark.parametrize("kind", ["html", "hls"])
async def test_what_pauses_by_itself_is_nobodys_pause_and_asks_when_it_insists(
    lab: Lab, kind: str
) -> None:
    await lab.playing(kind)
    for _ in range(2):
        # As the system does for a call, or when a headset is unplugged.
        await lab.do("player.element.pause()")
        await lab.hears("pause")
        assert await lab.play() == "resolved"
    await lab.hears("blocked")
    await lab.blames_nobody()


async def test_a_newer_link_does_not_disturb_what_plays(lab: Lab) -> None:
    await lab.playing("html")
    await lab.holds("player.buffered.some(([from, to]) => from === 0 && to > 1)")
    address = await lab.do("player.element.src")
    await lab.do(RENEW.replace("clip.mp4", "clip.mp4?newer"))
    await lab.do("player.seek(0.2)")
    await lab.hears("seeked")
    assert await lab.do("player.element.src") == address
    assert await lab.do("player.paused") is False


async def test_a_seek_to_what_is_not_loaded_takes_the_newer_link_and_plays_on(lab: Lab) -> None:
    await lab.playing("html")
    await lab.do("player.setRate(1.25)")
    await lab.do(RENEW.replace("clip.mp4", "clip.mp4?newer"))
    # As if nothing were loaded yet: the clip is too short for a player to leave any of it.
    await lab.do("Object.defineProperty(player, 'buffered', { value: [] })")
    await lab.do("player.seek(1)")
    await lab.holds("player.element.src.endsWith('?newer') && player.currentTime > 1.2")
    assert await lab.do("[player.paused, player.playbackRate]") == [False, 1.25]
    heard = await lab.heard()
    assert not [event for event in heard if event.get("fromUser") or event["event"] == "error"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/status/401/index.m3u8", "expired"),
        ("/status/404/index.m3u8", "missing"),
        ("/status/502/storage_failed/index.m3u8", "unplayable"),
        ("/text.mp4", "unsupported"),
    ],
)
async def test_a_stream_that_cannot_be_played_says_why(lab: Lab, address: str, reason: str) -> None:
    await lab.open("hls", address)
    assert (await lab.hears("error"))["error"]["kind"] == reason


async def test_a_stream_outlives_a_server_that_stumbles(lab: Lab) -> None:
    lab.ours.fails = {"hls/index.m3u8": 2, "hls/v360.mp4": 1}
    await lab.ready("hls")
    assert await lab.play() == "resolved"
    await lab.holds("player.currentTime > 3 && !player.buffering")
    assert lab.ours.fails == {"hls/index.m3u8": 0, "hls/v360.mp4": 0}
    assert "error" not in [event["event"] for event in await lab.heard()]


# The frame may be painted some time after the seek is over, so one is given a while to be right.
FRAME = """new Promise((done) => {
  const video = player.element;
  let left = 90;
  const read = () => {
    const canvas = new OffscreenCanvas(640, 360);
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0, 640, 360);
    let number = 0;
    for (let cell = 0; cell < 16; cell++) {
      const bright = context.getImageData(32 * cell + 16, 16, 1, 1).data[1] > 128;
      number = 2 * number + (bright ? 1 : 0);
    }
    if (number === WANTED || left-- === 0) done(number);
    else requestAnimationFrame(read);
  };
  video.addEventListener("seeked", () => requestAnimationFrame(read), { once: true });
  player.seek((WANTED + 0.5) / 30);
})"""


async def frames_at(lab: Lab, kind: str, frames: list[int]) -> list[int]:
    """Return the numbers of the frames that are shown after a seek to each of ``frames``."""
    await lab.ready(kind)
    return [await lab.do(FRAME.replace("WANTED", str(frame))) for frame in frames]


async def test_a_stream_shows_the_same_frame_as_its_file_at_every_instant(lab: Lab) -> None:
    # Far from key frames, beside them, and at the edges of segments.
    frames = [0, 1, 47, 119, 120, 121, 239, 311, 470, 599]
    assert await frames_at(lab, "html", frames) == frames
    assert await frames_at(lab, "hls", frames) == frames


async def test_a_newer_link_to_a_stream_is_used_from_the_next_piece_on(lab: Lab) -> None:
    # A piece is on its way while the link changes: what was asked for before may still come.
    gate = lab.ours.gates["one/film/v1/v360.mp4"] = Gate()
    old, new = "/one/film/v1/v360.mp4", "/two/film/v1/v360.mp4"
    try:
        await lab.open("hls", "/one/film/v1/index.m3u8")
        await asyncio.to_thread(gate.reached.wait)
        newer = "/two/film/v1/index.m3u8"
        await lab.do(f"player.renew({{ kind: 'hls', url: '{newer}', expires_at: null }})")
        lab.ours.asked.clear()
    finally:
        gate.opened.set()
    await lab.do("player.seek(18)")
    await lab.hears("seeked")
    await lab.holds("!player.buffering")
    assert new in lab.ours.asked
    assert old not in lab.ours.asked


async def test_a_viewer_may_choose_size_and_language_without_a_stop(lab: Lab) -> None:
    await lab.playing("hls")
    labels = "player.choices().{}.map((each) => [each.label, each.checked])"
    await lab.holds("player.choices().qualities[0].label === 'Auto (360p)'")
    assert await lab.do(labels.format("qualities")) == [["Auto (360p)", True], ["360p", False]]
    assert await lab.do(labels.format("languages")) == [["English", True], ["German", False]]
    await lab.forget()
    await lab.do("player.choices().languages[1].choose()")
    await lab.holds("player.choices().languages[1].checked")
    await lab.do("player.choices().qualities[1].choose()")
    await lab.hears("choices")
    assert await lab.do(labels.format("qualities")) == [["Auto", False], ["360p", True]]
    await lab.holds("player.currentTime > 3 && !player.buffering && !player.paused")
    assert {"pause", "error"}.isdisjoint({event["event"] for event in await lab.heard()})


async def test_no_piece_of_a_stream_of_several_sizes_is_loaded_twice(
    fresh_lab: Lab, media: Path
) -> None:
    lab = fresh_lab
    lines = (media / "hls" / "index.m3u8").read_text().splitlines()
    [size] = [n for n, line in enumerate(lines) if line.startswith("#EXT-X-STREAM-INF")]
    another = re.sub(r"BANDWIDTH=\d+", r"\g<0>0", lines[size])
    two = [*lines, another, lines[size + 1]]
    (media / "hls" / "two.m3u8").write_text("\n".join(two) + "\n")
    asked: list[tuple[str, str]] = []
    lab.page.on("request", lambda each: asked.append((each.url, each.headers.get("range", ""))))
    await lab.ready("hls", "/hls/two.m3u8")
    assert await lab.play() == "resolved"
    await lab.holds("player.currentTime > 1")
    # Without what stands before the first piece, which every size asks for.
    pieces = [piece for piece in asked if re.match(r"bytes=[1-9]", piece[1])]
    assert pieces
    assert sorted(pieces) == sorted(set(pieces))


async def test_hls_plays_through_media_source_where_the_browser_has_it(lab: Lab) -> None:
    await lab.ready("hls")
    assert (await lab.do("player.element.src")).startswith("blob:")


async def test_only_what_somebody_does_with_the_browsers_controls_is_a_seek_of_theirs(
    lab: Lab,
) -> None:
    await lab.playing("html")
    # As in the full screen of an iPhone.
    await lab.do("(player.element.controls = true)")
    await lab.do("player.seek(5)")
    assert (await lab.hears("seeked"))["fromUser"] is False
    await lab.forget()
    await lab.do("void lab.mediaKeys.seekto({ seekTime: 8 })")
    await lab.holds("!player.element.seeking && log.filter((e) => e.event === 'seeked').length > 1")
    seeks = [event["fromUser"] for event in await lab.heard() if event["event"] == "seeked"]
    assert seeks == [True, False]
    await lab.forget()
    await lab.do("(player.element.currentTime = 3)")
    assert (await lab.hears("seeked"))["fromUser"] is True


async def test_what_is_loaded_is_known(lab: Lab) -> None:
    await lab.playing("html")
    await lab.holds("player.buffered.some(([from, to]) => from === 0 && to > 0.5)")


async def test_blocked_autoplay_is_told(launch: Launch, sites: tuple[Site, Site]) -> None:
    browser = await launch("--autoplay-policy=document-user-activation-required")
    lab = Lab(await browser.new_page(), *sites)
    # Whatever a test does to a page counts as a gesture, so the page must do this by itself.
    await lab.page.add_init_script(
        "window.begin = async (lab) => {"
        "  await lab.open({}, { kind: 'file', url: '/clip.mp4', expires_at: null });"
        "  console.info(await lab.outcome(lab.player.play())); }"
    )
    async with lab.page.expect_console_message() as said:
        await lab.page.goto(lab.ours.origin() + "/lab.html")
    assert (await said.value).text == "NotAllowedError"
    await lab.hears("blocked")
    assert await lab.do("player.paused") is True
    await browser.close()


async def test_a_finely_nudged_rate_is_nobodys_doing(lab: Lab) -> None:
    await lab.playing("html")
    for rate in (1.03, 0.98, 1.004, 1):
        await lab.do(f"player.setRate({rate})")
        await lab.hears("ratechange")
        assert await lab.do("player.playbackRate") == rate
    await lab.blames_nobody()
