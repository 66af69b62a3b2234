// The room's position according to its playback state. Same rule as in playback/state.py. Pure.

import { limits, type State } from "../protocol.gen";

export type Timeline = Pick<State, "playing" | "position" | "rate" | "at" | "duration"> &
  Partial<Pick<State, "made_until">>;

/** A player's last frame is slightly before the container's duration. */
export const END_TOLERANCE_S = 0.25;

/**
 * Returns the position in seconds at room time `nowMs`, never past a known end or the end of the
 * converted part.
 */
export function positionAt(state: Timeline, nowMs: number): number {
  const elapsedS = state.playing ? Math.max(0, nowMs - state.at) / 1000 : 0;
  const made = Math.max(state.made_until ?? limits.position_s, state.position);
  const position = Math.min(state.position + elapsedS * state.rate, made);
  return Math.min(position, state.duration ?? limits.position_s);
}

/** Returns whether the room plays but, at `position`, has reached the end of the converted part. */
export function isAtGrowingEnd(state: Timeline, position: number): boolean {
  const made = state.made_until ?? null;
  return made !== null && state.playing && position >= made;
}
