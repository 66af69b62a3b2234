// A player's position between its reports, and whether a report fits plain playback.

/** A report may have been delayed by this much, by the frame or by a busy page. */
const MOST_LATE_S = 5;

export class Position {
  #at_s = 0;
  #since_ms = performance.now();
  #rate = 1;
  #runs = false;
  /** Plain playback cannot be before this position. */
  #reported_s = 0;
  /** It may be this much further than we think, because reports were late. */
  #late_s = 0;

  /** Without reports it advances for at most `trust_ms`, because the player may have stalled. */
  constructor(private readonly trust_ms: number) {}

  get now(): number {
    return this.#at_s + Math.min(this.#passed_s, (this.trust_ms / 1000) * this.#rate);
  }

  /** The player is here after a seek. */
  jump(at_s: number): void {
    this.#late_s = 0;
    this.#stand(at_s);
    this.#reported_s = at_s;
  }

  /** The player is here after playing on. */
  report(at_s: number): void {
    this.#late_s = Math.min(MOST_LATE_S, Math.max(0, this.#farthest_s - at_s));
    this.#stand(at_s);
    this.#reported_s = at_s;
  }

  /** Sets how the position changes from here. */
  go(runs: boolean, rate: number): void {
    if (runs === this.#runs && rate === this.#rate) return;
    const now_s = this.now;
    this.#late_s = Math.min(MOST_LATE_S, this.#farthest_s - now_s);
    this.#stand(now_s);
    this.#runs = runs;
    this.#rate = rate;
  }

  /**
   * Returns whether `at_s` cannot be the result of playing on. Reports that a stall delayed, and
   * the first one in time after them, still can.
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
