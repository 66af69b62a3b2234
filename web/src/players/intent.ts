// Whether an embedded player should play, and whether a reported play or pause was the user's doing.

import { Echoes } from "./echoes";
import type { PageVisibility } from "./pageVisibility";
import type { PlayerTimers } from "./playerTimers";

/**
 * A pause counts as the user's only if the page is not hidden and playback does not continue within
 * this time.
 */
const DOUBT_MS = 250;

export class Intent {
  /** Our last command, or what the user has done since. */
  wantsToPlay = false;
  readonly #echoes = new Echoes();
  /** Cancels the wait until it is known who caused the last reported pause. */
  #endDoubt: (() => void) | null = null;

  constructor(
    private readonly timers: PlayerTimers,
    private readonly visibility: PageVisibility,
  ) {}

  /** It has paused, but it is not known yet by whom. */
  get isInDoubt(): boolean {
    return this.#endDoubt !== null;
  }

  /** A play command is on its way to the provider. */
  get isStarting(): boolean {
    return this.#echoes.last === "play";
  }

  /** We send this command, so its report is not the user's. */
  expect(command: "play" | "pause"): void {
    this.#echoes.expect(command);
  }

  /** It was paused and reports that it plays. Returns whether the user started it. */
  startedByUser(): boolean {
    const isSurprise = !this.#echoes.answers("play") && !this.wantsToPlay;
    if (!isSurprise || this.visibility.justChanged) return false;
    this.wantsToPlay = true;
    return true;
  }

  /** It reports a pause. Calls `onStopped` as soon as it is known whether the user caused it. */
  paused(onStopped: (fromUser: boolean) => void): void {
    const isSurprise = !this.#echoes.answers("pause") && this.wantsToPlay;
    if (!isSurprise || this.visibility.justChanged) {
      onStopped(false);
      return;
    }
    this.#endDoubt = this.timers.after(DOUBT_MS, () => {
      const fromUser = !this.visibility.justChanged;
      if (fromUser) this.wantsToPlay = false;
      onStopped(fromUser);
    });
  }

  /** Playback continues, or it is known who caused the pause. */
  endDoubt(): void {
    this.#endDoubt?.();
    this.#endDoubt = null;
  }
}
