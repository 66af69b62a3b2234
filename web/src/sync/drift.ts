// What the eye sees: which frame is on the screen, and how far that is from what should be.
// Pure.
//
// requestVideoFrameCallback tells of each frame which one it is (`mediaTime`) and when it is
// seen (`expectedDisplayTime`). A screen shows a frame at the refresh nearest to its time, so
// single frames are up to half a refresh early or late; the median of many is not.

export interface Frame {
  /** Which frame. */
  mediaTimeS: number;
  /** When it is seen, in `performance.now()` milliseconds. */
  shownAtMs: number;
  /** What the player's currentTime is at that moment, in seconds. */
  playerS: number;
  /** Where the room is at that moment, in seconds. */
  roomS: number;
}

const WINDOW_MS = 600;
const FEWEST = 8;

export class FrameMeter {
  private frames: Frame[] = [];

  add(frame: Frame): void {
    this.frames = [...this.recent(frame.shownAtMs), frame];
  }

  /** Forgets all frames: what is shown next has nothing to do with them. */
  reset(): void {
    this.frames = [];
  }

  /** How far the picture is ahead of the room, in seconds; null with too few frames. */
  aheadS(nowMs: number): number | null {
    return this.median(nowMs, ({ mediaTimeS, roomS }) => mediaTimeS - roomS);
  }

  /**
   * How far the picture is behind the player's own currentTime, in seconds. A browser that
   * starts playing under load can stay two frames behind itself until the next start.
   */
  lagS(nowMs: number): number | null {
    return this.median(nowMs, ({ mediaTimeS, playerS }) => playerS - mediaTimeS);
  }

  private recent(nowMs: number): Frame[] {
    return this.frames.filter(({ shownAtMs }) => nowMs - shownAtMs < WINDOW_MS);
  }

  private median(nowMs: number, measure: (frame: Frame) => number): number | null {
    const values = this.recent(nowMs)
      .map(measure)
      .sort((a, b) => a - b);
    return values.length < FEWEST ? null : (values[Math.floor(values.length / 2)] ?? null);
  }
}
