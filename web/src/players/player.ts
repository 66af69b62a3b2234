// The contract of a player: what a room needs from it, whichever site it comes from.
//
// Shaped after HTMLMediaElement. `create.ts` makes the players that follow it.

import type { Playable } from "../rest.gen";
import type { Decision, Input } from "../sync/decision";
import type { Choices } from "./choices";
import type { PlayerTraits } from "./traits";

export type PlayerEvent =
  /** The duration is known and commands work. Earlier commands are carried out now. */
  | "ready"
  | "play"
  | "pause"
  | "seeked"
  | "waiting"
  | "playing"
  | "ended"
  | "ratechange"
  | "durationchange"
  /** The position or the buffered ranges were updated. */
  | "progress"
  | "volumechange"
  /** `captions` were updated. */
  | "captionschange"
  /** What `choices` returns was updated. */
  | "choices"
  | "error"
  /** The browser does not play without a user gesture. */
  | "blocked";

export type PlayerError = {
  /**
   * "preparing": it is being made a video that browsers play. "damaged": some of it can be
   * played, but not what is here.
   */
  kind:
    | "expired"
    | "network"
    | "preparing"
    | "unsupported"
    | "damaged"
    | "embed-refused"
    | "missing"
    | "unplayable";
  message: string;
};

export interface PlayerEventDetail {
  /** The user did it, in the frame or with a key, and not this interface. */
  fromUser: boolean;
  error?: PlayerError;
}

export type PlayerListener = (detail: PlayerEventDetail) => void;

/** The captions that a provider's player shows by itself. */
export interface PlayerCaptions {
  readonly tracks: readonly { id: string; language: string; label: string; default: boolean }[];
  /** Shows a track, or none. */
  choose(id: string | null): void;
}

export interface Player {
  readonly traits: PlayerTraits;
  /** How it is kept in sync, if not as a <video> of our own is. */
  readonly rules?: (input: Input) => Decision;
  readonly element: HTMLElement;
  /** Seconds, interpolated between the reports of the provider. */
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
  /** False while its site has said nothing of it. Else it is not ready before that. */
  readonly isHeardOf?: boolean;
  /** Null while it has none that we could switch. */
  readonly captions?: PlayerCaptions | null;
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
   * Takes a newer link to the same video, to be used when the current one has expired. Playback
   * is not disturbed. Players without it are replaced when their link fails.
   */
  renew?(playable: Playable): void;
  /** What this viewer may choose. Players without it offer nothing. */
  choices?(): Choices;
  /** Keeps to a picture of so many lines; null leaves that to the player. */
  keepTo?(lines: number | null): void;
  /** What the track of sound is called that this viewer has chosen; null while they have not. */
  readonly language?: string | null;
  /** Plays a track of sound that is called so, where there is one. */
  speak?(language: string | null): void;
  dispose(): void;
}

/** There is no player for this source. `detail` says why, as an `error` event would. */
export class NoPlayer extends Error {
  override readonly name = "NoPlayer";

  constructor(readonly detail: PlayerError) {
    super(detail.message);
  }
}
