// The interface of a player: what a room needs from it, whatever site it is from.
//
// Modelled on HTMLMediaElement. `create.ts` creates the players that implement it.

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
   * "preparing": it is being converted for browsers. "damaged": parts of it can be played, but not
   * the current position.
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
  /** Caused by the user, in the frame or with a media key, and not by this interface. */
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
  /** How it is kept in sync, if not in the way of our own <video>. */
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
  /** False until its site has sent something. */
  readonly hasReported?: boolean;
  /** False until it has read the beginning of the film: until then there is nothing to show. */
  readonly hasLoaded?: boolean;
  /** Null while there are none that we can switch. */
  readonly captions?: PlayerCaptions | null;
  /**
   * Resolves when it plays. Rejects with NotAllowedError if the browser wants a gesture first, and
   * with AbortError if `pause` or `dispose` was called in between.
   */
  play(): Promise<void>;
  pause(): void;
  seek(position: number): void;
  setRate(rate: number): void;
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  on(event: PlayerEvent, listener: PlayerListener): () => void;
  /**
   * Takes a newer link to the same video, to use when the current one has expired. Does not disturb
   * playback. Players without this method are replaced when their link fails.
   */
  renew?(playable: Playable): void;
  /** What this viewer may choose. Players without this method offer no choices. */
  choices?(): Choices;
  /** Limits it to the size with this many lines; null leaves the choice to the player. */
  limitTo?(lines: number | null): void;
  /** The name of the audio track that this viewer has chosen; null if none. */
  readonly language?: string | null;
  /** Plays the audio track with this name, if there is one. */
  setLanguage?(language: string | null): void;
  dispose(): void;
}

/** There is no player for this source. `detail` says why, as in an `error` event. */
export class NoPlayer extends Error {
  override readonly name = "NoPlayer";

  constructor(readonly detail: PlayerError) {
    super(detail.message);
  }
}
