// The contract of a player: what a room needs from it, whichever site it comes from.
//
// Shaped after HTMLMediaElement. `create.ts` makes the players that follow it.

import type { Playable } from "../rest.gen";

export type PlayerEvent =
  /** The duration is known and commands act; what was asked before is done now. */
  | "ready"
  | "play"
  | "pause"
  | "seeked"
  | "waiting"
  | "playing"
  | "ended"
  | "ratechange"
  | "durationchange"
  /** The position or the buffered ranges were reported anew. */
  | "progress"
  | "volumechange"
  | "error"
  /** The browser refuses to play without a gesture of the user. */
  | "blocked";

export interface PlayerTraits {
  /**
   * How to bring it into step. smooth: the rate may be nudged finely. coarse: seek, and not for
   * little. passive: every seek, play and pause loads the embed anew, which takes seconds: put
   * it right only when it is far off, and leave it in peace until `buffering` is over.
   */
  correction: "smooth" | "coarse" | "passive";
  seek: boolean;
  pause: boolean;
  rate: boolean;
  volume: boolean;
  reportsProgress: boolean;
  reportsEvents: boolean;
  /** It shows controls of its own, whose use comes out as events with `fromUser`. */
  ownControls: boolean;
}

export type PlayerError = {
  kind: "expired" | "network" | "unsupported" | "embed-refused" | "missing" | "unplayable";
  message: string;
};

export interface PlayerEventDetail {
  /** Nobody asked for it through this interface: the user did it, in the frame or by a key. */
  fromUser: boolean;
  error?: PlayerError;
}

export type PlayerListener = (detail: PlayerEventDetail) => void;

export interface Player {
  readonly traits: PlayerTraits;
  readonly element: HTMLElement;
  /** Seconds; interpolated where the provider reports it only now and then. */
  readonly currentTime: number;
  /** Seconds; NaN while unknown. */
  readonly duration: number;
  readonly paused: boolean;
  readonly buffering: boolean;
  readonly ended: boolean;
  readonly playbackRate: number;
  readonly volume: number;
  readonly muted: boolean;
  readonly buffered: readonly [number, number][];
  /**
   * Resolves when it plays. Rejects with NotAllowedError when the browser wants a gesture
   * first, and with AbortError when `pause` or `dispose` came in between.
   */
  play(): Promise<void>;
  pause(): void;
  seek(position: number): void;
  setRate(rate: number): void;
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  on(event: PlayerEvent, listener: PlayerListener): () => void;
  /**
   * Takes a newer link to the same work, for when the present one has expired. What plays is
   * not disturbed. Players without it are made anew when their link fails.
   */
  renew?(playable: Playable): void;
  dispose(): void;
}

/** There is no player for this source; `detail` says why, as an `error` event would. */
export class NoPlayer extends Error {
  override readonly name = "NoPlayer";

  constructor(readonly detail: PlayerError) {
    super(detail.message);
  }
}
