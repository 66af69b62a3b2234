// A player for tests on fake timers, which seeks slowly, starts late, and can stall or be blocked.

import type { FakeTimers } from "../net/timers.fake";
import type { Player, PlayerError, PlayerEvent } from "../players/player";
import type { PlayerTraits } from "../players/traits";
import type { Playable } from "../rest.gen";

export const SMOOTH: PlayerTraits = {
  correction: "smooth",
  seek: true,
  pause: true,
  rate: true,
  volume: true,
  reportsProgress: true,
  reportsEvents: true,
  ownControls: false,
};
export const COARSE: PlayerTraits = { ...SMOOTH, correction: "coarse", ownControls: true };
export const PASSIVE: PlayerTraits = { ...COARSE, correction: "passive", rate: false };

import { controlCoarse } from "./coarse";
import { controlSmooth } from "./smooth";

type Detail = { fromUser: boolean; error?: PlayerError };

export class FakePlayer implements Player {
  readonly element = {} as HTMLElement;
  duration = Number.NaN;
  paused = true;
  buffering = false;
  ended = false;
  playbackRate = 1;
  volume = 1;
  muted = false;
  readonly buffered: readonly [number, number][] = [];
  disposed = false;
  /** The addresses of the renewed links. */
  readonly renewals: string[] = [];
  /** The sizes it was limited to. */
  readonly limitedTo: (number | null)[] = [];
  language: string | null = null;
  hasReported = true;
  hasLoaded = true;

  /** How the player behaves; a test may change them at any time. */
  seekMs = () => 80;
  startMs = () => 30;
  /** Its own clock's error: 50e-6 runs 50 millionths fast. */
  drift = 0;
  blocked = false;
  readonly seeks: number[] = [];
  readonly rates: number[] = [];
  plays = 0;

  private position = 0;
  private since: number | null = null;
  private readonly listeners = new Map<PlayerEvent, Set<(detail: Detail) => void>>();
  private cancelSeek = () => {};
  private cancelStart = () => {};
  private seeking = false;

  readonly rules: typeof controlSmooth;

  constructor(
    private readonly timers: FakeTimers,
    readonly traits: PlayerTraits = SMOOTH,
  ) {
    this.rules = traits.correction === "smooth" ? controlSmooth : controlCoarse;
  }

  get currentTime(): number {
    if (this.since === null) return this.position;
    const movedS = ((this.timers.now() - this.since) / 1000) * this.playbackRate * (1 + this.drift);
    const end = Number.isNaN(this.duration) ? Number.POSITIVE_INFINITY : this.duration;
    return Math.min(end, this.position + movedS);
  }

  play(): Promise<void> {
    this.plays += 1;
    if (this.blocked) {
      return Promise.reject(Object.assign(new Error("gesture"), { name: "NotAllowedError" }));
    }
    if (this.paused) {
      this.paused = false;
      this.ended = false;
      this.cancelStart = this.timers.after(this.startMs(), () => this.move());
      this.emit("play");
    }
    return Promise.resolve();
  }

  pause(): void {
    if (this.paused) return;
    this.settle();
    this.cancelStart();
    this.paused = true;
    this.emit("pause");
  }

  seek(position: number): void {
    this.settle();
    this.cancelSeek();
    this.seeks.push(position);
    this.position = position;
    this.ended = false;
    this.seeking = true;
    this.cancelSeek = this.timers.after(this.seekMs(), () => {
      this.seeking = false;
      this.move();
      this.emit("seeked");
    });
  }

  setRate(rate: number): void {
    this.settle();
    this.playbackRate = rate;
    this.rates.push(rate);
    this.move();
  }

  setVolume(volume: number): void {
    this.volume = volume;
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
  }

  setLanguage(language: string | null): void {
    this.language = language;
  }

  limitTo(lines: number | null): void {
    this.limitedTo.push(lines);
  }

  renew({ url }: Playable): void {
    this.renewals.push(url);
  }

  /** Runs out of data, or has some again. */
  stall(on: boolean): void {
    this.settle();
    this.buffering = on;
    this.move();
    this.emit(on ? "waiting" : "playing");
  }

  /** The user does something with the provider's own controls. */
  userDoes(event: "play" | "pause" | "seeked", position = this.currentTime): void {
    this.settle();
    this.position = position;
    if (event !== "seeked") this.paused = event === "pause";
    this.move();
    this.emit(event, { fromUser: true });
  }

  on(event: PlayerEvent, listener: (detail: Detail) => void): () => void {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit(event: PlayerEvent, detail: Detail = { fromUser: false }): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) listener(detail);
  }

  dispose(): void {
    this.disposed = true;
    this.cancelSeek();
    this.cancelStart();
  }

  private settle(): void {
    this.position = this.currentTime;
    this.since = null;
  }

  private move(): void {
    if (!this.paused && !this.seeking && !this.buffering) this.since ??= this.timers.now();
  }
}
