// A seek that a provider has not confirmed yet. Its reports may still be about the old position.

/** A report this close to the target is about the new position. */
const NEAR_S = 2;

export class Seek {
  #done = false;
  readonly #until_ms: number;

  constructor(
    readonly from_s: number,
    readonly to_s: number,
    patience_ms: number,
  ) {
    this.#until_ms = performance.now() + patience_ms;
  }

  get underWay(): boolean {
    return !this.#done && performance.now() < this.#until_ms;
  }

  finish(): void {
    this.#done = true;
  }

  /** Returns whether a report is about the target, and not about the old position. */
  isArrival(at_s: number): boolean {
    if (Math.abs(this.to_s - this.from_s) <= NEAR_S) return Math.abs(at_s - this.to_s) <= NEAR_S;
    return Math.abs(at_s - this.to_s) < Math.abs(at_s - this.from_s);
  }

  /** Two seeks in a row are reported twice, both at the target of the second. */
  isEcho(at_s: number): boolean {
    return performance.now() < this.#until_ms && Math.abs(at_s - this.to_s) <= NEAR_S;
  }
}
