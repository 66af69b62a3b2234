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
  /** False until the embedded player of another site has answered; it is not in sync before. */
  hasAnswered = true;

  constructor(private readonly options: SiteAnswerOptions) {}

  /** Call it when another film plays, but not when the player of the same one is replaced. */
  startOver(): void {
    this.hasAnswered = true;
    this.options.store.siteIsSilent.value = false;
  }

  /**
   * A blocked site shows an empty frame and reports nothing, not even an error. Returns functions
   * that end the wait.
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
