// The timers of one player, all of which end with it.

export class Alarms {
  readonly #running = new Set<number>();

  /** Calls `ring` once; the returned function prevents it. */
  after(delay_ms: number, ring: () => void): () => void {
    const id = window.setTimeout(() => {
      this.#running.delete(id);
      ring();
    }, delay_ms);
    return this.#keep(id);
  }

  /** Calls `ring` again and again; the returned function ends it. */
  every(period_ms: number, ring: () => void): () => void {
    return this.#keep(window.setInterval(ring, period_ms));
  }

  clear(): void {
    // Browsers number time-outs and intervals together: clearTimeout ends either.
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
