// A seek that a provider has not confirmed yet: what it reports meanwhile may be old.

/** A report this near to where we seek is of the new place. */
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

  /** Tells whether a report is of where it leads to, rather than of where it came from. */
  isArrival(at_s: number): boolean {
    if (Math.abs(this.to_s - this.from_s) <= NEAR_S) return Math.abs(at_s - this.to_s) <= NEAR_S;
    return Math.abs(at_s - this.to_s) < Math.abs(at_s - this.from_s);
  }

  /** Two seeks in a row are reported twice, and at the place of the second. */
  isEcho(at_s: number): boolean {
    return performance.now() < this.#until_ms && Math.abs(at_s - this.to_s) <= NEAR_S;
  }
}
