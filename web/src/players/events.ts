// The listeners of one player.

import type { PlayerEvent, PlayerEventDetail, PlayerListener } from "./player";

const OURS: PlayerEventDetail = { fromUser: false };

export class Emitter {
  readonly #listeners = new Map<PlayerEvent, Set<PlayerListener>>();
  /** A player may fail before its creator can listen, for example if the page had its film. */
  #unheardError: PlayerEventDetail | null = null;

  /**
   * Adds a listener. The returned function removes it. The first listener for errors also gets,
   * in a microtask, the last error that nobody heard.
   */
  on(event: PlayerEvent, listener: PlayerListener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    if (event === "error") queueMicrotask(() => this.#tellUnheard());
    return () => listeners.delete(listener);
  }

  emit(event: PlayerEvent, detail: PlayerEventDetail = OURS): void {
    // Use a copy: a listener may remove another one, or dispose the player, while it runs.
    const listeners = [...(this.#listeners.get(event) ?? [])];
    if (event === "error" && listeners.length === 0) this.#unheardError = detail;
    for (const listener of listeners) listener(detail);
  }

  clear(): void {
    this.#listeners.clear();
    this.#unheardError = null;
  }

  #tellUnheard(): void {
    const error = this.#unheardError;
    this.#unheardError = null;
    if (error !== null) this.emit("error", error);
  }
}
