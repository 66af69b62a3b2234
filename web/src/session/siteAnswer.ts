// Whether the site of an embedded player has answered.

import type { Cancel, Timers } from "../net/timers";
import type { Player } from "../players/player";
import type { Store } from "./store";

export interface SiteAnswerOptions {
  timers: Timers;
  store: Store;
}

/** After this long without an answer, another site counts as unreachable. */
const SILENCE_MS = 5_000;

export class SiteAnswer {
  constructor(private readonly options: SiteAnswerOptions) {}

  /** False until the embedded player of another site has answered; it is not in sync before. */
  get hasAnswered(): boolean {
    return this.options.store.site.peek() === "answered";
  }

  /** Call it when another film plays, but not when the player of the same one is replaced. */
  startOver(): void {
    this.options.store.site.value = "answered";
  }

  /**
   * A blocked site shows an empty frame and reports nothing, not even an error. Returns functions
   * that end the wait.
   */
  awaitFrom(player: Player): Cancel[] {
    const { store, timers } = this.options;
    // A silent site stays silent while its player is replaced.
    if (this.hasAnswered) store.site.value = "awaited";
    const cancel = timers.after(SILENCE_MS, () => {
      store.site.value = "silent";
    });
    const stop = player.on("ready", () => {
      cancel();
      store.site.value = "answered";
    });
    return [cancel, stop];
  }
}
