// What clicks of the mouse on the picture do: one plays and pauses, two fill the screen.

import type { Cancel, Timers } from "../../net/timers";

/** So long a click waits for a second one: what it does, it does to everyone. */
const WAIT_MS = 250;

export interface ClicksOptions {
  timers: Timers;
  isPlaying: () => boolean;
  setPlaying: (on: boolean) => void;
  toggleFullscreen: () => void;
}

export class Clicks {
  readonly #options: ClicksOptions;
  #cancel: Cancel = () => {};
  /** Whether it played before the last click paused it or played it; null before that. */
  #before: boolean | null = null;

  constructor(options: ClicksOptions) {
    this.#options = options;
  }

  /** `count`: which one it is of those that the system takes for one gesture, as `event.detail`. */
  click(count: number): void {
    const { timers, isPlaying, setPlaying, toggleFullscreen } = this.#options;
    this.#cancel();
    if (count === 1) {
      this.#before = null;
      this.#cancel = timers.after(WAIT_MS, () => {
        this.#before = isPlaying();
        setPlaying(!this.#before);
      });
    } else if (count === 2) {
      // Some systems wait longer for the second: what the first has done meanwhile is undone. The
      // room may not have answered to it yet.
      if (this.#before !== null) setPlaying(this.#before);
      toggleFullscreen();
    }
  }

  dispose(): void {
    this.#cancel();
  }
}
