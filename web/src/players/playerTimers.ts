// The timers of one player. `clear` ends them all.

export class PlayerTimers {
  readonly #running = new Set<number>();

  /** Calls `callback` once. The returned function cancels it. */
  after(delay_ms: number, callback: () => void): () => void {
    const id = window.setTimeout(() => {
      this.#running.delete(id);
      callback();
    }, delay_ms);
    return this.#keep(id);
  }

  /** Calls `callback` repeatedly. The returned function stops it. */
  every(period_ms: number, callback: () => void): () => void {
    return this.#keep(window.setInterval(callback, period_ms));
  }

  clear(): void {
    // In browsers, timeouts and intervals share their ids, so clearTimeout ends both.
    for (const id of this.#running) window.clearTimeout(id);
    this.#running.clear();
  }

  #keep(id: number): () => void {
    this.#running.add(id);
    return () => {
      window.clearTimeout(id);
      this.#running.delete(id);
    };
  }
}
