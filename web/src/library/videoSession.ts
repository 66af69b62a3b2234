// The playback of one video on its own page: requests a link and makes the player. When the link
// expires or the network fails, it requests a new link and continues at the same position.

import { type ReadonlySignal, signal } from "@preact/signals";
import { t } from "../language/t";
import { ApiError } from "../net/errors";
import { backoffMs } from "../net/reconnect";
import type { Cancel, Timers } from "../net/timers";
import { NoPlayer, type Player, type PlayerError } from "../players/player";
import { inQuality, linesOf, playableOf, type Quality } from "../players/quality";
import type { OnlyWhere, Playable, VideoPlayback } from "../rest.gen";

export interface VideoSessionOptions {
  ask: () => Promise<VideoPlayback>;
  /** Which browsers play the file, while there is no copy for the others. */
  onlyWhere: OnlyWhere | null;
  createPlayer: (playable: Playable) => Promise<Player>;
  timers: Timers;
  random: () => number;
}

/** After this many silent attempts the failure is shown. The attempts continue. */
const TRIES_IN_SILENCE = 3;

/** How far to skip ahead at a place that cannot be decoded. */
const DAMAGED_S = 10;

/** A player that can take a new link while it stays on the page. */
type Reopening = Player & { open(playable: Playable): void };

export class VideoSession {
  readonly #options: VideoSessionOptions;
  readonly #player = signal<Player | null>(null);
  readonly #failure = signal<PlayerError | null>(null);
  readonly #playable = signal<Playable | null>(null);
  readonly #quality = signal<Quality>("auto");
  #stops: Cancel[] = [];
  #cancelRetry: Cancel = () => {};
  /** Counts requested players, so that one that arrives too late is dropped. */
  #wanted = 0;
  #attempt = 0;
  /** The position, and whether it was playing. A new link continues from there. */
  #at_s = 0;
  #played = false;
  #muted = false;
  /** The playback rate to restore when the new link has loaded. */
  #rate: number | null = null;
  /** The audio track chosen in the last player that offered a choice. */
  #language: string | null = null;
  /** The player has a link that has not loaded yet. */
  #opening = true;

  constructor(options: VideoSessionOptions) {
    this.#options = options;
  }

  get player(): ReadonlySignal<Player | null> {
    return this.#player;
  }

  /** Set if it does not play and will not start by itself soon. */
  get failure(): ReadonlySignal<PlayerError | null> {
    return this.#failure;
  }

  /** The default way to play it. */
  get playable(): ReadonlySignal<Playable | null> {
    return this.#playable;
  }

  get quality(): ReadonlySignal<Quality> {
    return this.#quality;
  }

  /** Continues in another quality, with another player if necessary. */
  setQuality(quality: Quality): void {
    const playable = this.#playable.peek();
    if (playable === null) return;
    const before = inQuality(playable, this.#quality.peek());
    this.#quality.value = quality;
    if (inQuality(playable, quality).url === before.url) {
      this.#player.peek()?.limitTo?.(linesOf(quality));
      return;
    }
    this.#opening = true;
    this.#discard();
    this.start();
  }

  /** Starts, or starts again after a failure. */
  start(): void {
    this.#attempt = 0;
    this.#failure.value = null;
    this.#cancelRetry();
    void this.#open();
  }

  dispose(): void {
    this.#wanted += 1;
    this.#cancelRetry();
    this.#discard();
  }

  async #open(): Promise<void> {
    this.#wanted += 1;
    const wanted = this.#wanted;
    try {
      const answer = playableOf(await this.#options.ask(), this.#options.onlyWhere);
      if (wanted !== this.#wanted) return;
      this.#playable.value = answer;
      const playable = inQuality(answer, this.#quality.peek());
      this.#opening = true;
      const present = this.#player.peek();
      if (present && playable.kind === "file" && canReopen(present)) {
        this.#rate ??= present.playbackRate;
        present.open(playable);
      } else await this.#replace(playable, wanted);
    } catch (reason) {
      if (wanted === this.#wanted) this.#failed(errorOf(reason));
    }
  }

  async #replace(playable: Playable, wanted: number): Promise<void> {
    this.#discard();
    const player = await this.#options.createPlayer(playable);
    if (wanted !== this.#wanted) {
      player.dispose();
      return;
    }
    this.#stops = [
      player.on("ready", () => this.#ready(player)),
      player.on("progress", () => this.#follow(player)),
      player.on("seeked", () => this.#follow(player)),
      player.on("play", () => this.#follow(player)),
      player.on("pause", () => this.#follow(player)),
      player.on("error", ({ error }) => {
        // During a seek the position is already the target.
        if (player.currentTime > 0) this.#follow(player);
        if (error) this.#failed(error);
      }),
    ];
    player.limitTo?.(linesOf(this.#quality.peek()));
    player.setLanguage?.(this.#language);
    if (this.#muted) player.setMuted(true);
    this.#player.value = player;
  }

  #ready(player: Player): void {
    this.#opening = false;
    this.#attempt = 0;
    this.#failure.value = null;
    if (this.#rate !== null) player.setRate(this.#rate);
    this.#rate = null;
    if (this.#at_s > 0) player.seek(this.#at_s);
    // Without a gesture the browser may refuse. The user then presses the play button.
    if (this.#played) player.play().catch(() => {});
  }

  #follow(player: Player): void {
    if (this.#opening) return;
    this.#at_s = player.currentTime;
    this.#played = !player.paused && !player.ended;
  }

  #failed(error: PlayerError): void {
    const { timers, random } = this.#options;
    this.#opening = true;
    if (error.kind === "unsupported" && this.#quality.peek() !== "auto") {
      // The browser wrongly claimed that it can play the original.
      this.#quality.value = "auto";
      this.#discard();
      void this.#open();
      return;
    }
    if (error.kind !== "expired" && error.kind !== "network") {
      // Someone who tries again wants to see what comes after it.
      if (error.kind === "damaged") this.#at_s += DAMAGED_S;
      this.#failure.value = error;
      this.#discard();
      return;
    }
    const attempt = this.#attempt++;
    if (attempt >= TRIES_IN_SILENCE) this.#failure.value = error;
    this.#cancelRetry();
    const delayMs = attempt === 0 ? 0 : backoffMs(attempt, random());
    this.#cancelRetry = timers.after(delayMs, () => void this.#open());
  }

  #discard(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    const player = this.#player.peek();
    this.#language = player?.language ?? this.#language;
    this.#muted = player?.muted ?? this.#muted;
    this.#rate ??= player?.playbackRate ?? null;
    player?.dispose();
    this.#player.value = null;
  }
}

function canReopen(player: Player): player is Reopening {
  return "open" in player;
}

function errorOf(reason: unknown): PlayerError {
  if (reason instanceof NoPlayer) return reason.detail;
  if (!(reason instanceof ApiError))
    return { kind: "network", message: t("The player could not be loaded.") };
  const { message, status, retriable } = reason;
  if (retriable) return { kind: "network", message };
  return { kind: status === 404 ? "missing" : "unplayable", message };
}
