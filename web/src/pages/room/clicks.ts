// Mouse clicks on the picture: one plays or pauses, two toggle fullscreen.

import type { Cancel, Timers } from "../../net/timers";

/** How long a click waits for a second one, because it affects everyone. */
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
  /** Whether it was playing before the last click; null if there was none. */
  #before: boolean | null = null;

  constructor(options: ClicksOptions) {
    this.#options = options;
  }

  /** `count` is the number of the click within a gesture, from `event.detail`. */
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
      // Some systems wait longer for the second click, so undo the first one. The room may not have
      // answered it yet.
      if (this.#before !== null) setPlaying(this.#before);
      toggleFullscreen();
    }
  }

  dispose(): void {
    this.#cancel();
  }
}
