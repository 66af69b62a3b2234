// Vidking reports what it does, but takes no commands except through its address.
//
// Messages and address parameters: https://www.vidking.net/#documentation
// It sends {type: "PLAYER_EVENT", data: {event, currentTime, duration, …}}. Every change means
// loading it again with `autoPlay` and `progress`.

import type { Playable } from "../rest.gen";
import { EmbedPlayer } from "./embed";
import { isRecord, numeric } from "./messages";
import type { Player } from "./player";

class VidkingPlayer extends EmbedPlayer {
  readonly #address: URL;
  #reloadsSoon = false;
  /** The frame has not reported anything since it was last loaded. */
  #fresh = true;
  hasReported = false;

  constructor(address: URL) {
    super({
      title: "Vidking",
      origin: address.origin,
      traits: {
        correction: "passive",
        seek: true,
        pause: true,
        rate: false,
        volume: false,
        reportsProgress: true,
        reportsEvents: true,
        ownControls: true,
      },
      // It rarely reports its position, and loads slowly.
      trust_ms: 30_000,
      patience_ms: 20_000,
      jump_s: Number.POSITIVE_INFINITY,
    });
    this.#address = address;
    // Not at once, so that the first seek and play can be part of the first address.
    this.timers.after(0, () => {
      this.nowReady();
      this.#reloadSoon();
    });
  }

  protected loaded(): void {
    if (this.#fresh && !this.wantsToPlay) this.nowSeeked(this.currentTime);
  }

  protected received({ type, data }: Record<string, unknown>): void {
    if (type !== "PLAYER_EVENT" || !isRecord(data)) return;
    const at_s = numeric(data.currentTime) ?? this.currentTime;
    this.nowDuration(numeric(data.duration) ?? 0);
    this.#fresh = false;
    this.hasReported = true;
    if (data.event === "play") this.nowPlaying();
    else if (data.event === "pause") this.nowPausedAt(at_s);
    else if (data.event === "seeked") this.nowSeeked(at_s);
    else if (data.event === "timeupdate") this.#reachedAt(at_s);
    else if (data.event === "ended") this.nowEnded();
  }

  #reachedAt(at_s: number): void {
    const went = at_s > this.currentTime;
    this.nowAt(at_s);
    // It may start or continue without reporting "play".
    if (went && this.wantsToPlay && (this.paused || this.buffering)) this.nowPlaying();
  }

  protected sendPlay(): void {
    this.#reloadSoon();
  }

  protected sendPause(): void {
    this.nowPaused();
    this.#reloadSoon();
  }

  protected sendSeek(): void {
    if (!this.paused) this.nowBuffering();
    this.#reloadSoon();
  }

  protected sendRate(): void {}
  protected sendVolume(): void {}
  protected sendMuted(): void {}

  /** Loads it once for all commands of this turn of the event loop. */
  #reloadSoon(): void {
    if (this.#reloadsSoon) return;
    this.#reloadsSoon = true;
    this.timers.after(0, () => this.#reload());
  }

  #reload(): void {
    this.#reloadsSoon = false;
    const address = new URL(this.#address);
    address.searchParams.set("autoPlay", String(this.wantsToPlay));
    const at_s = Math.round(this.currentTime);
    if (at_s > 0) address.searchParams.set("progress", String(at_s));
    this.#fresh = true;
    this.expectSeek(at_s);
    if (this.wantsToPlay) this.awaitStart();
    this.show(address);
  }
}

export function createVidkingPlayer(playable: Playable): Player {
  return new VidkingPlayer(new URL(playable.url));
}
