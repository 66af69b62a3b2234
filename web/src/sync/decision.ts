// The input and output of one step of the controller, and functions shared by both sets of rules.
// Pure.

import type { PlayerTraits } from "../players/traits";
import type { State } from "../protocol.gen";
import { END_TOLERANCE_S, positionAt } from "./timeline";

export type SharedState = Pick<
  State,
  "revision" | "playing" | "position" | "rate" | "at" | "duration"
> &
  Partial<Pick<State, "made_until">>;

/** The player's state. */
export interface Snapshot {
  currentTime: number;
  /** NaN while unknown. */
  duration: number;
  paused: boolean;
  /** It should play but has no data. */
  buffering: boolean;
  ended: boolean;
  /** A seek is in progress. */
  seeking: boolean;
  playbackRate: number;
}

/** Wait paused at `position` and start at room time `at`. */
export interface Rendezvous {
  position: number;
  at: number;
}

export interface Memory {
  readonly revision: number;
  /** Room time of the last step. */
  readonly steppedAt: number;
  /** The smoothed error in seconds, positive when behind; null right after a jump. */
  readonly error: number | null;
  /** Whether the rate is being changed to correct the error. */
  readonly nudging: boolean;
  readonly rendezvous: Rendezvous | null;
  /** Room time when the current seek started; null when none is in progress. */
  readonly seekAskedAt: number | null;
  /** Room time of the last seek. */
  readonly soughtAt: number;
  /** Whether a paused player was already sent to its position for this revision. */
  readonly aligned: boolean;
  /** Room time of the last start; null once its delay has been learnt. */
  readonly startedAt: number | null;
  /** Until this room time, soon after a command, start or seek, the rate may change more. */
  readonly hurryUntil: number;
  readonly bufferingSince: number | null;
  /** Since when a coarse player has been too far off. */
  readonly wrongSince: number | null;
  /** No correcting seek before this room time, and how many there have been in a row. */
  readonly nextJumpAt: number;
  readonly jumps: number;
  readonly settledSince: number | null;
  /** Room time before which play() is not called again. */
  readonly nextPlayAt: number;
  /** Learnt: how long a seek takes, and how long the video takes to move after play(). */
  readonly seekS: number;
  readonly startS: number;
}

export interface Decision {
  readonly memory: Memory;
  readonly seek: number | null;
  readonly rate: number | null;
  readonly pause: boolean;
  /** Call play() at this room time, or at once if it has passed. */
  readonly playAt: number | null;
  /** Target minus currentTime in seconds; positive if the player is behind. */
  readonly error: number;
  readonly settled: boolean;
}

export interface Input {
  readonly state: SharedState;
  readonly now: number;
  readonly player: Snapshot;
  readonly traits: PlayerTraits;
  /** The next step may be a second late, so nothing can be done at an exact time. */
  readonly timersAreLate: boolean;
  readonly memory: Memory;
}

/**
 * How early to call a start if timers are up to a second late. That is right on average, and never
 * off by more than this.
 */
export const EARLY_MS = 500;
export const HURRY_MS = 2_500;
const FIRST_SEEK_S = 0.2;
const FIRST_START_S = 0.08;

export const freshMemory: Memory = {
  revision: -1,
  steppedAt: Number.NEGATIVE_INFINITY,
  error: null,
  nudging: false,
  rendezvous: null,
  seekAskedAt: null,
  soughtAt: Number.NEGATIVE_INFINITY,
  aligned: false,
  startedAt: null,
  hurryUntil: Number.NEGATIVE_INFINITY,
  bufferingSince: null,
  wrongSince: null,
  nextJumpAt: Number.NEGATIVE_INFINITY,
  jumps: 0,
  settledSince: null,
  nextPlayAt: Number.NEGATIVE_INFINITY,
  seekS: FIRST_SEEK_S,
  startS: FIRST_START_S,
};

/** Returns the end of the video, from the room's state or the player. */
export function endOf(state: SharedState, player: Snapshot): number {
  const own = Number.isFinite(player.duration) ? player.duration : Number.POSITIVE_INFINITY;
  return Math.min(own, state.duration ?? Number.POSITIVE_INFINITY);
}

/** Returns the room's position at `now`, at most the end of the video. */
export function targetAt(state: SharedState, player: Snapshot, now: number): number {
  return Math.min(positionAt(state, now), endOf(state, player));
}

/** Returns the last position to which a player seeks: at the very end there may be no picture. */
export function lastPicture(state: SharedState, player: Snapshot): number {
  return Math.max(0, endOf(state, player) - END_TOLERANCE_S);
}

/** Returns where a player seeks that wants to be with the room at `when`. */
export function placeAt(state: SharedState, player: Snapshot, when: number): number {
  return Math.min(targetAt(state, player, when), lastPicture(state, player));
}

/** Returns a decision to do nothing. */
export function nothing(memory: Memory, error: number, settled: boolean): Decision {
  return { memory, seek: null, rate: null, pause: false, playAt: null, error, settled };
}

/** Returns where a playing player should be, also before the room starts. */
export function positionBefore({ state, now, player }: Input): number {
  const aheadS = (Math.max(0, state.at - now) / 1000) * state.rate;
  return targetAt(state, player, now) - aheadS;
}

/** Returns the memory with the count of consecutive jumps reset after `afterMs` without one. */
export function forgiven(memory: Memory, now: number, afterMs: number): Memory {
  const calm = memory.settledSince !== null && now - memory.settledSince > afterMs;
  return calm && memory.jumps > 0 ? { ...memory, jumps: 0 } : memory;
}
