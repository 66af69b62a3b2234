// Whether the site of an embedded player has answered.

import type { Cancel, Timers } from "../net/timers";
import type { Player } from "../players/player";
import type { Store } from "./store";

export interface SiteAnswerOptions {
  timers: Timers;
  store: Store;
}

/** After this long without an answer another site counts as out of reach. */
const SILENCE_MS = 5_000;

export class SiteAnswer {
  /** Nothing is in sync before the embedded player of another site has answered. */
  hasAnswered = true;

  constructor(private readonly options: SiteAnswerOptions) {}

  /** Another film plays. One that is silent stays so while its player is made anew. */
  startOver(): void {
    this.hasAnswered = true;
    this.options.store.siteIsSilent.value = false;
  }

  /**
   * A blocked site shows an empty frame and reports nothing, not even an error. Returns what ends
   * the wait.
   */
  awaitFrom(player: Player): Cancel[] {
    const { store, timers } = this.options;
    this.hasAnswered = false;
    const cancel = timers.after(SILENCE_MS, () => {
      store.siteIsSilent.value = true;
    });
    const stop = player.on("ready", () => {
      cancel();
      this.hasAnswered = true;
      store.siteIsSilent.value = false;
    });
    return [cancel, stop];
  }
}
