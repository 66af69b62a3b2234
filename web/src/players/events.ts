// The listeners of one player.

import type { PlayerEvent, PlayerEventDetail, PlayerListener } from "./player";

const OURS: PlayerEventDetail = { fromUser: false };

export class Emitter {
  readonly #listeners = new Map<PlayerEvent, Set<PlayerListener>>();

  /** Adds a listener. The returned function removes it. */
  on(event: PlayerEvent, listener: PlayerListener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit(event: PlayerEvent, detail: PlayerEventDetail = OURS): void {
    // Use a copy: a listener may remove another one, or dispose the player, while it runs.
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(detail);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
