// The speed of an upload, and its remaining time.

/** Long enough to smooth bursts, short enough to notice a slower network. */
const WINDOW_MS = 8_000;
/** A shorter time does not give a useful speed. */
const MINIMUM_MS = 1_000;

export class Pace {
  #marks: { at_ms: number; bytes: number }[] = [];

  /** Records that this many bytes are sent at this time. */
  mark(at_ms: number, bytes: number): void {
    const last = this.#marks.at(-1);
    // The server has less than we had sent, so the measurements are void.
    if (last && bytes < last.bytes) this.#marks = [];
    this.#marks.push({ at_ms, bytes });
    while (this.#marks.length > 2 && (this.#marks[1]?.at_ms ?? 0) < at_ms - WINDOW_MS)
      this.#marks.shift();
  }

  /** Discards the measurements, because the upload was interrupted. */
  restart(): void {
    this.#marks = [];
  }

  /** Null until it is known. */
  get bytesPerS(): number | null {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (!first || !last || last.at_ms - first.at_ms < MINIMUM_MS) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.at_ms - first.at_ms);
  }
}
