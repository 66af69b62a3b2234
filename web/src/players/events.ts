// The listeners of one player.

import type { PlayerEvent, PlayerEventDetail, PlayerListener } from "./player";

const OURS: PlayerEventDetail = { fromUser: false };

export class Emitter {
  readonly #listeners = new Map<PlayerEvent, Set<PlayerListener>>();

  /** Adds a listener; the returned function takes it off again. */
  on(event: PlayerEvent, listener: PlayerListener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit(event: PlayerEvent, detail: PlayerEventDetail = OURS): void {
    // A copy: a listener may take off another, or dispose the player, while it runs.
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(detail);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
