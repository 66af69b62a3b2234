// Where an embedded player is: its position between reports, and a seek that is under way.

import type { EmbedOptions } from "./embedOptions";
import { Position } from "./position";
import { Seek } from "./seek";

type Options = Pick<EmbedOptions, "trust_ms" | "patience_ms" | "jump_s">;

export class Progress {
  readonly #options: Options;
  readonly #position: Position;
  #seek: Seek | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#position = new Position(options.trust_ms);
  }

  get now(): number {
    return this.#position.now;
  }

  get isSeeking(): boolean {
    return this.#seek?.underWay === true;
  }

  /** The provider will report this position because we sent it there. */
  expectSeek(to_s: number): void {
    this.#seek = new Seek(this.#position.now, to_s, this.#options.patience_ms);
  }

  forgetSeek(): void {
    this.#seek = null;
  }

  /** The player is at this position after a jump. */
  jump(at_s: number): void {
    this.#position.jump(at_s);
  }

  /** Sets how the position changes from now on. */
  go(runs: boolean, rate: number): void {
    this.#position.go(runs, rate);
  }

  /** Finishes a seek. Returns whether the user caused it. */
  arrive(at_s: number): boolean {
    const ours = this.#seek !== null && (this.#seek.underWay || this.#seek.isEcho(at_s));
    this.#seek?.finish();
    this.#position.jump(at_s);
    return !ours;
  }

  /**
   * Handles a position from a provider that does not report seeks. Returns whether it is that of a
   * seek, of plain playback, or from before a seek and outdated.
   */
  report(at_s: number): "seek" | "playback" | "outdated" {
    if (this.#seek?.underWay) return this.#seek.isArrival(at_s) ? "seek" : "outdated";
    if (this.#position.isElsewhere(at_s, this.#options.jump_s)) return "seek";
    this.#position.report(at_s);
    return "playback";
  }
}
