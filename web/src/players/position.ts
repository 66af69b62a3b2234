// Where a player is between its reports, and whether a report can come from playing on.

/** A report may have waited so long, in a frame or in front of a page that was busy. */
const MOST_LATE_S = 5;

export class Position {
  #at_s = 0;
  #since_ms = performance.now();
  #rate = 1;
  #runs = false;
  /** Playing on leads to nowhere before this. */
  #reported_s = 0;
  /** By so much it may be further than we think, because reports came late. */
  #late_s = 0;

  /** A silent player is followed for `trust_ms` at most: it may have stalled unheard. */
  constructor(private readonly trust_ms: number) {}

  get now(): number {
    return this.#at_s + Math.min(this.#passed_s, (this.trust_ms / 1000) * this.#rate);
  }

  /** It is here, because it was sought. */
  jump(at_s: number): void {
    this.#late_s = 0;
    this.#stand(at_s);
    this.#reported_s = at_s;
  }

  /** It is here, having played on. */
  report(at_s: number): void {
    this.#late_s = Math.min(MOST_LATE_S, Math.max(0, this.#farthest_s - at_s));
    this.#stand(at_s);
    this.#reported_s = at_s;
  }

  /** Tells how it goes on from here. */
  go(runs: boolean, rate: number): void {
    if (runs === this.#runs && rate === this.#rate) return;
    const now_s = this.now;
    this.#late_s = Math.min(MOST_LATE_S, this.#farthest_s - now_s);
    this.#stand(now_s);
    this.#runs = runs;
    this.#rate = rate;
  }

  /**
   * Tells whether `at_s` is nowhere that playing on can have led to. Reports that a stall held
   * up, and the first one in time after them, are somewhere that it can.
   */
  isElsewhere(at_s: number, slack_s: number): boolean {
    return at_s < this.#reported_s - slack_s || at_s > this.#farthest_s + slack_s;
  }

  get #passed_s(): number {
    return this.#runs ? ((performance.now() - this.#since_ms) / 1000) * this.#rate : 0;
  }

  get #farthest_s(): number {
    return this.#at_s + this.#passed_s + this.#late_s;
  }

  #stand(at_s: number): void {
    this.#at_s = at_s;
    this.#since_ms = performance.now();
  }
}
