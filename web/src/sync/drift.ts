// Which frame is on the screen, and how far it is from the frame that should be there. Pure.
//
// requestVideoFrameCallback reports for each frame which one it is (`mediaTime`) and when it is
// shown (`expectedDisplayTime`). A screen shows a frame at the refresh nearest to its time, so
// single frames are up to half a refresh early or late. The median of many is exact.

export interface Frame {
  /** Which frame. */
  mediaTimeS: number;
  /** When it is shown, in `performance.now()` milliseconds. */
  shownAtMs: number;
  /** The player's currentTime at that moment, in seconds. */
  playerS: number;
  /** The room's position at that moment, in seconds. */
  roomS: number;
}

const WINDOW_MS = 600;
const FEWEST = 8;

export class FrameMeter {
  private frames: Frame[] = [];

  add(frame: Frame): void {
    this.frames = [...this.recent(frame.shownAtMs), frame];
  }

  /** Forgets all frames, because the next ones are unrelated. */
  reset(): void {
    this.frames = [];
  }

  /** How far the video is ahead of the room, in seconds; null with too few frames. */
  aheadS(nowMs: number): number | null {
    return this.median(nowMs, ({ mediaTimeS, roomS }) => mediaTimeS - roomS);
  }

  /**
   * How far the displayed frame is behind the player's currentTime, in seconds. A browser that
   * starts under load can stay two frames behind its own clock until the next start.
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
