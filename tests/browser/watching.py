"""What a browser really shows: every displayed frame with the moment it was shown."""

import bisect
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playwright.async_api import Page

# performance.timeOrigin and expectedDisplayTime do not pass through Date, so that a page
# whose Date lies is still measured truly. Both browsers are on this machine's clock.
WATCH = """
(() => {
  const shown = (window.__shown = []);
  const watched = new WeakSet();
  const watch = ({ target: video }) => {
    if (!(video instanceof HTMLVideoElement) || watched.has(video)) return;
    watched.add(video);
    const step = (_now, frame) => {
      shown.push([performance.timeOrigin + frame.expectedDisplayTime, frame.mediaTime]);
      video.requestVideoFrameCallback(step);
    };
    video.requestVideoFrameCallback(step);
  };
  // A video tells the first of them before its first frame, and the others if that was missed.
  for (const name of ["loadstart", "loadedmetadata", "playing"])
    document.addEventListener(name, watch, true);
})()
"""

# Date, and nothing else, is wrong by the hours given, from before the page's own scripts.
WRONG_CLOCK = """
(() => {
  const shift = %d * 3600 * 1000;
  const RealDate = Date;
  window.Date = class extends RealDate {
    constructor(...given) {
      if (given.length) super(...given);
      else super(RealDate.now() + shift);
    }
    static now() { return RealDate.now() + shift; }
  };
})()
"""

STEP_MS = 1000 / 60
# Nearer than this to what was sought, a screen has come to it.
FAR_S = 10.0
# Notes what a watcher would call a break: the picture stops, is loaded anew, or jumps. Out of
# step, as a busy machine gets, a film is set right by a pause and a short seek in one. Such a
# machine is also late to tell where the film is, which has played on since it last did.
NOTE_BREAKS = """() => {
  const video = document.querySelector("video");
  let at_s, since_ms;
  const note = () => {
    at_s = video.currentTime;
    since_ms = performance.now();
  };
  note();
  window.breaks = [];
  for (const name of ["pause", "emptied", "error"])
    video.addEventListener(name, () => { if (!video.seeking) breaks.push(name) });
  for (const name of ["timeupdate", "play"])
    video.addEventListener(name, () => { if (!video.seeking) note() });
  video.addEventListener("seeking", () => {
    const since_s = (performance.now() - since_ms) / 1000;
    const played_s = video.paused ? 0 : video.playbackRate * since_s;
    const moved_s = video.currentTime - at_s;
    if (moved_s < -3 || moved_s > played_s + 3) breaks.push("jump");
  });
}"""


@dataclass(frozen=True, slots=True)
class Shown:
    """Displayed frames: when each appeared (ms since the epoch) and its media time (s)."""

    at_ms: Sequence[float]
    media_s: Sequence[float]

    def media_at(self, moment_ms: float) -> float | None:
        """Return the media time of the frame on screen at a moment."""
        index = bisect.bisect_right(self.at_ms, moment_ms) - 1
        return self.media_s[index] if index >= 0 else None


async def shown(page: Page) -> Shown:
    """Return everything ``page`` has shown since it was opened."""
    rows = await page.evaluate("window.__shown")
    rows.sort()
    return Shown([row[0] for row in rows], [row[1] for row in rows])


async def now_ms(page: Page) -> float:
    """Return the page's monotonic time as ms since the epoch."""
    return float(await page.evaluate("performance.timeOrigin + performance.now()"))


@dataclass(frozen=True, slots=True)
class Skew:
    """How far two screens were apart over a stretch of time, in ms of the film."""

    samples: int
    within_a_frame: float
    median_ms: float
    p95_ms: float
    worst_ms: float


def skew(a: Shown, b: Shown, *, from_ms: float, to_ms: float, frame_ms: float) -> Skew:
    """Compare what two browsers showed, sampled 60 times a second."""
    ordered = sorted(abs(left - right) * 1000 for left, right in _samples(a, b, from_ms, to_ms))
    assert ordered, "nothing was shown in that time"
    # Half a millisecond forgives the rounding of media times, not a frame.
    close = sum(1 for difference in ordered if difference <= frame_ms + 0.5)
    return Skew(
        samples=len(ordered),
        within_a_frame=close / len(ordered),
        median_ms=statistics.median(ordered),
        p95_ms=ordered[int(0.95 * (len(ordered) - 1))],
        worst_ms=ordered[-1],
    )


def settled_after_ms(
    a: Shown,
    b: Shown,
    *,
    from_ms: float,
    to_ms: float,
    frame_ms: float,
    position_s: float | None = None,
) -> float | None:
    """Return how long after ``from_ms`` the screens agreed and stayed so; None if never.

    With ``position_s`` both must also have come to what was sought. A single sample apart
    is one screen a refresh ahead of the other and is forgiven; two in a row are not.
    """
    agreed_from = 0
    apart_before = False
    for step, (left, right) in enumerate(_samples(a, b, from_ms, to_ms)):
        apart = abs(left - right) * 1000 > frame_ms + 0.5
        elsewhere = position_s is not None and (
            abs(left - position_s) > FAR_S or abs(right - position_s) > FAR_S
        )
        if elsewhere or (apart and apart_before):
            agreed_from = step + 1
        apart_before = apart
    settled_ms = agreed_from * STEP_MS
    return settled_ms if settled_ms < to_ms - from_ms - STEP_MS else None


def _samples(a: Shown, b: Shown, from_ms: float, to_ms: float) -> Iterator[tuple[float, float]]:
    for step in range(int((to_ms - from_ms) / STEP_MS)):
        moment = from_ms + step * STEP_MS
        left, right = a.media_at(moment), b.media_at(moment)
        if left is not None and right is not None:
            yield left, right
