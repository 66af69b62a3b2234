// The base class of embedded players of other sites: an iframe that exchanges messages.
//
// An adapter translates: it passes on the provider's reports (`now…`) and sends our commands
// (`send…`). A report that differs from the wanted state, and is not the echo of a command that
// we sent, means that the user did something inside the frame (`intent.ts`, `progress.ts`).

import { controlCoarse } from "../sync/coarse";
import type { EmbedOptions } from "./embedOptions";
import { Emitter } from "./events";
import { Frame } from "./frame";
import { Intent } from "./intent";
import { Loudness } from "./loudness";
import { PageVisibility } from "./pageVisibility";
import {
  NoPlayer,
  type Player,
  type PlayerCaptions,
  type PlayerError,
  type PlayerEvent,
  type PlayerListener,
} from "./player";
import { PlayerTimers } from "./playerTimers";
import { Progress } from "./progress";
import { Start } from "./start";
import type { PlayerTraits } from "./traits";

/** How soon a provider must answer for the first time, and how often it is asked. */
const ANSWER_MS = 15_000;
const ASK_AGAIN_MS = 250;

export abstract class EmbedPlayer implements Player {
  readonly element: HTMLElement = document.createElement("div");
  readonly traits: PlayerTraits;
  // Set here, so that these rules are loaded with the first embedded player, not with the page.
  readonly rules = controlCoarse;
  protected readonly timers = new PlayerTimers();
  protected ready = false;

  readonly #emitter = new Emitter();
  readonly #progress: Progress;
  readonly #frame: Frame;
  #paused = true;
  #buffering = false;
  #ended = false;
  #duration = Number.NaN;
  #rate = 1;
  readonly #loudness = new Loudness();
  #loaded_s = 0;
  #captions: PlayerCaptions | null = null;
  #wishedRate: number | null = null;
  #wishedStart_s: number | null = null;
  readonly #start: Start;
  #stopAsking = () => {};
  readonly #visibility = new PageVisibility(() => this.#start.pageShown());
  readonly #intent = new Intent(this.timers, this.#visibility);

  constructor(options: EmbedOptions) {
    this.#start = new Start({
      timers: this.timers,
      patience_ms: options.patience_ms,
      send: () => {
        this.#intent.expect("play");
        this.sendPlay();
      },
      onBlocked: () => this.#emitter.emit("blocked"),
    });
    this.traits = options.traits;
    this.#progress = new Progress(options);
    this.element.style.cssText = "width: 100%; height: 100%";
    this.#frame = new Frame({
      title: options.title,
      origin: options.origin,
      onLoad: (again) => {
        if (again) this.#startOver();
        this.loaded();
      },
      onMessage: (message) => this.received(message),
    });
  }

  // --- for the room: the interface Player ---------------------------------------------------

  get currentTime(): number {
    const now = this.#progress.now;
    return now > this.#duration ? this.#duration : now;
  }

  get duration(): number {
    return this.#duration;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get buffering(): boolean {
    return this.#buffering || this.#progress.isSeeking;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get playbackRate(): number {
    return this.#rate;
  }

  get volume(): number {
    return this.#loudness.volume;
  }

  get muted(): boolean {
    return this.#loudness.muted;
  }

  get buffered(): readonly [number, number][] {
    return this.#loaded_s > 0 ? [[0, this.#loaded_s]] : [];
  }

  get captions(): PlayerCaptions | null {
    return this.#captions;
  }

  play(): Promise<void> {
    const underWay = this.wantsToPlay && this.#start.isPending;
    this.#intent.wantsToPlay = true;
    if (this.ready && !this.#paused) return Promise.resolve();
    const started = this.#start.open();
    if (this.ready && !underWay) this.#start.send();
    return started;
  }

  pause(): void {
    const stopping = this.ready && (!this.#paused || this.wantsToPlay);
    this.#intent.wantsToPlay = false;
    this.#start.fail(new DOMException("Paused before it began", "AbortError"));
    if (!stopping) return;
    if (this.#intent.isInDoubt) this.#stopped(false);
    else if (!this.#paused || this.#intent.isStarting) this.#intent.expect("pause");
    this.sendPause();
  }

  seek(position: number): void {
    const to_s = Math.max(0, position);
    this.expectSeek(to_s);
    this.#progress.jump(to_s);
    this.#ended = false;
    if (this.ready) this.sendSeek(to_s);
    else this.#wishedStart_s = to_s;
  }

  setRate(rate: number): void {
    // Ask once. If the provider does not offer this rate, asking ten times a second does not help.
    const news = rate !== this.#wishedRate;
    this.#wishedRate = rate;
    if (news && this.ready && this.traits.rate) this.sendRate(rate);
  }

  setVolume(volume: number): void {
    const wished = this.#loudness.wishVolume(volume);
    if (this.ready && this.traits.volume) this.sendVolume(wished);
  }

  setMuted(muted: boolean): void {
    this.#loudness.wishedMuted = muted;
    if (this.ready && this.traits.volume) this.sendMuted(muted);
  }

  on(event: PlayerEvent, listener: PlayerListener): () => void {
    return this.#emitter.on(event, listener);
  }

  dispose(): void {
    this.#frame.dispose();
    this.#visibility.dispose();
    this.timers.clear();
    this.#emitter.clear();
    this.#start.fail(new DOMException("The player is gone", "AbortError"));
    this.element.remove();
  }

  // --- for adapters: commands and helpers ---------------------------------------------------

  /** The frame has loaded its page, for the first time or again. Starts the conversation. */
  protected abstract loaded(): void;
  protected abstract received(message: Record<string, unknown>): void;
  protected abstract sendPlay(): void;
  protected abstract sendPause(): void;
  protected abstract sendSeek(position: number): void;
  protected abstract sendRate(rate: number): void;
  protected abstract sendVolume(volume: number): void;
  protected abstract sendMuted(muted: boolean): void;

  /** Replaces the frame by a new one, so that the browser's history gets no entry. */
  protected show(address: URL): void {
    this.#frame.show(address, this.element);
  }

  protected post(message: unknown): void {
    this.#frame.post(message);
  }

  /** The provider will report this position because we sent it there. */
  protected expectSeek(to_s: number): void {
    this.#progress.expectSeek(to_s);
  }

  /**
   * Fails with `error` unless it becomes ready in time. Until then `askAgain` is called repeatedly,
   * for a provider that ignores messages before its own page is ready.
   */
  protected awaitAnswer(error: PlayerError, askAgain?: () => void): void {
    this.#stopAsking();
    const stops = [this.timers.after(ANSWER_MS, () => this.failed(error))];
    if (askAgain) stops.push(this.timers.every(ASK_AGAIN_MS, askAgain));
    this.#stopAsking = () => {
      for (const stop of stops) stop();
    };
  }

  /** Counts as blocked by the browser, unless it plays or buffers within `patience_ms`. */
  protected awaitStart(): void {
    this.#start.awaitProvider();
  }

  /** Our last command, or what the user has done since. */
  protected get wantsToPlay(): boolean {
    return this.#intent.wantsToPlay;
  }

  /** It has stopped, although it may not be known yet who stopped it. */
  protected get hasStopped(): boolean {
    return this.#paused || this.#intent.isInDoubt;
  }

  // --- for adapters: reports of the provider ------------------------------------------------

  protected nowReady(): void {
    if (this.ready) return;
    this.ready = true;
    this.#stopAsking();
    const start_s = this.#wishedStart_s;
    this.#wishedStart_s = null;
    if (start_s !== null) this.seek(start_s);
    if (this.#wishedRate !== null && this.traits.rate) this.sendRate(this.#wishedRate);
    const { wishedVolume, wishedMuted } = this.#loudness;
    if (wishedVolume !== null) this.setVolume(wishedVolume);
    if (wishedMuted !== null) this.setMuted(wishedMuted);
    if (this.wantsToPlay) this.#start.send();
    this.#emitter.emit("ready");
  }

  protected nowPlaying(): void {
    this.#intent.endDoubt();
    const wasPaused = this.#paused;
    const fromUser = wasPaused && this.#intent.startedByUser();
    this.#paused = false;
    this.#buffering = false;
    this.#ended = false;
    this.#follow();
    this.#start.succeed();
    if (wasPaused) this.#emitter.emit("play", { fromUser });
    this.#emitter.emit("playing");
  }

  protected nowPaused(): void {
    this.#buffering = false;
    if (this.hasStopped) return;
    this.#intent.paused((fromUser) => this.#stopped(fromUser));
    this.#follow();
  }

  /** A pause at a position. Some players pause at the end by themselves, before they report it. */
  protected nowPausedAt(at_s: number): void {
    if (at_s < this.#duration - 0.25 || Number.isNaN(this.#duration)) this.nowPaused();
  }

  protected nowBuffering(): void {
    this.#intent.endDoubt();
    this.#start.stopWaiting();
    if (this.#buffering) return;
    this.#buffering = true;
    this.#follow();
    this.#emitter.emit("waiting");
  }

  protected nowEnded(): void {
    if (this.#ended) return;
    this.#intent.endDoubt();
    this.#ended = true;
    this.#paused = true;
    this.#buffering = false;
    this.#intent.wantsToPlay = false;
    this.#follow();
    if (Number.isFinite(this.#duration)) this.#progress.jump(this.#duration);
    this.#emitter.emit("ended");
  }

  protected nowBlocked(): void {
    this.#start.block();
  }

  /** A position from a provider that does not report seeks of the user. */
  protected nowAt(at_s: number): void {
    const is = this.#progress.report(at_s);
    if (is === "seek") this.nowSeeked(at_s);
    else if (is === "playback") this.#emitter.emit("progress");
  }

  protected nowSeeked(at_s: number): void {
    this.#emitter.emit("seeked", { fromUser: this.#progress.arrive(at_s) });
    this.#emitter.emit("progress");
  }

  protected nowDuration(duration_s: number): void {
    if (!(duration_s > 0) || duration_s === this.#duration) return;
    this.#duration = duration_s;
    this.#emitter.emit("durationchange");
  }

  protected nowBuffered(until_s: number): void {
    if (Number.isFinite(until_s)) this.#loaded_s = until_s;
  }

  protected nowRate(rate: number): void {
    if (rate === this.#rate) return;
    const fromUser = rate !== (this.#wishedRate ?? 1);
    this.#rate = rate;
    this.#wishedRate = rate;
    this.#follow();
    this.#emitter.emit("ratechange", { fromUser });
  }

  protected nowVolume(volume: number, muted: boolean): void {
    const report = this.#loudness.report(volume, muted);
    if (report !== null) this.#emitter.emit("volumechange", report);
  }

  protected nowCaptions(captions: PlayerCaptions): void {
    this.#captions = captions;
    this.#emitter.emit("captionschange");
  }

  /** It failed for an unknown reason, which may be temporary: reloads its page once. */
  protected failedUnexpectedly(error: PlayerError): void {
    this.#start.stopWaiting();
    this.#stopAsking();
    this.#startOver();
    if (!this.#frame.loadAgain()) this.failed(error);
  }

  protected failed(error: PlayerError): void {
    this.#start.stopWaiting();
    this.#stopAsking();
    this.#start.fail(new NoPlayer(error));
    this.#emitter.emit("error", { fromUser: false, error });
  }

  // --- private ------------------------------------------------------------------------------

  /** It has paused, by a command, by the user or by itself. */
  #stopped(fromUser: boolean): void {
    this.#intent.endDoubt();
    this.#paused = true;
    this.#follow();
    this.#emitter.emit("pause", { fromUser });
  }

  #startOver(): void {
    this.#intent.endDoubt();
    this.#wishedStart_s = this.currentTime;
    this.ready = false;
    this.#paused = true;
    this.#buffering = false;
    this.#progress.forgetSeek();
    this.#follow();
    if (!this.wantsToPlay || this.#start.isPending) return;
    // The caller of play() already has its answer, so ignore this one.
    this.#start.open().catch(() => {});
  }

  #follow(): void {
    this.#progress.go(!this.hasStopped && !this.#buffering, this.#rate);
  }
}
