// One video on its own page: asks how it is played, makes the player, and when the link runs out
// or the network fails asks again and goes on where it was.

import { type ReadonlySignal, signal } from "@preact/signals";
import { ApiError } from "../net/errors";
import { backoffMs } from "../net/reconnect";
import type { Cancel, Timers } from "../net/timers";
import { NoPlayer, type Player, type PlayerError } from "../players/player";
import type { Playable, VideoPlayback } from "../rest.gen";

export interface ScreeningOptions {
  ask: () => Promise<VideoPlayback>;
  createPlayer: (playable: Playable) => Promise<Player>;
  timers: Timers;
  random: () => number;
}

/** What is tried so often in silence is then said; it is tried on all the same. */
const TRIES_IN_SILENCE = 3;
const HLS = "application/vnd.apple.mpegurl";

/** A player that can be given a new link without being taken off the page. */
type Reopening = Player & { open(playable: Playable): void };

export class Screening {
  readonly #options: ScreeningOptions;
  readonly #player = signal<Player | null>(null);
  readonly #failure = signal<PlayerError | null>(null);
  #stops: Cancel[] = [];
  #cancelRetry: Cancel = () => {};
  #disposed = false;
  #attempt = 0;
  /** Where the picture was, and whether it moved: what a new link goes on with. */
  #at_s = 0;
  #played = false;
  /** The player has a link whose beginning is not there yet. */
  #opening = true;

  constructor(options: ScreeningOptions) {
    this.#options = options;
  }

  get player(): ReadonlySignal<Player | null> {
    return this.#player;
  }

  /** Set when it does not play, and does not soon. */
  get failure(): ReadonlySignal<PlayerError | null> {
    return this.#failure;
  }

  /** Begins; also once more, after a failure that stays. */
  start(): void {
    this.#attempt = 0;
    this.#failure.value = null;
    this.#cancelRetry();
    void this.#open();
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancelRetry();
    this.#discard();
  }

  async #open(): Promise<void> {
    try {
      const playable = playableOf(await this.#options.ask());
      if (this.#disposed) return;
      this.#opening = true;
      const present = this.#player.peek();
      if (present && playable.kind === "file" && canReopen(present)) present.open(playable);
      else await this.#replace(playable);
    } catch (reason) {
      if (!this.#disposed) this.#failed(errorOf(reason));
    }
  }

  async #replace(playable: Playable): Promise<void> {
    this.#discard();
    const player = await this.#options.createPlayer(playable);
    if (this.#disposed) {
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
        // It may have been seeking: then it is where it was to go.
        if (player.currentTime > 0) this.#follow(player);
        if (error) this.#failed(error);
      }),
    ];
    this.#player.value = player;
  }

  #ready(player: Player): void {
    this.#opening = false;
    this.#attempt = 0;
    this.#failure.value = null;
    if (this.#at_s > 0) player.seek(this.#at_s);
    // Without a gesture the browser may refuse: then the play button is there.
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
    if (error.kind !== "expired" && error.kind !== "network") {
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
    this.#player.peek()?.dispose();
    this.#player.value = null;
  }
}

function playableOf({ playback_url, expires_at, mime_type }: VideoPlayback): Playable {
  const kind = mime_type === HLS ? "hls" : "file";
  return { kind, url: playback_url, expires_at, mime_type, title: null };
}

function canReopen(player: Player): player is Reopening {
  return "open" in player;
}

function errorOf(reason: unknown): PlayerError {
  if (reason instanceof NoPlayer) return reason.detail;
  if (!(reason instanceof ApiError))
    return { kind: "network", message: "The player could not be loaded." };
  const { message, status, retriable } = reason;
  if (retriable) return { kind: "network", message };
  return { kind: status === 404 ? "missing" : "unsupported", message };
}
