// Whether this visitor's player is ready, so that the room need not wait for it. Pure.

import type { Player } from "../players/player";
import type { State } from "../protocol.gen";

/** How far a paused player may be from the room's position; `sync/` does not move it then. */
const NEAR_S = { smooth: 0.5, coarse: 2, passive: 5 };
/** This much must be loaded ahead, or the player would soon stall again. */
const AHEAD_S = 2;
/** The last frame is slightly before the video's duration. */
const END_S = 0.2;

export type ReadyPlayer = Pick<
  Player,
  "currentTime" | "duration" | "buffering" | "buffered" | "traits"
>;

export function isReady(state: State, player: ReadyPlayer): boolean {
  // At the end of the converted part everyone waits anyway, and a seek to it never finishes.
  const made = state.made_until ?? Number.POSITIVE_INFINITY;
  if (!state.playing && state.position >= made - END_S) return true;
  if (player.buffering) return false;
  // An embedded player may not know its duration before it plays.
  const { correction } = player.traits;
  if (correction === "smooth" && Number.isNaN(player.duration)) return false;
  // A player that plays without stalling is ready.
  if (state.playing) return true;
  if (Math.abs(player.currentTime - state.position) > NEAR_S[correction]) return false;
  return correction !== "smooth" || isLoadedAhead(player, made);
}

/** The duration of a film that is still being converted is Infinity. */
function isLoadedAhead({ currentTime, duration, buffered }: ReadyPlayer, made: number): boolean {
  const wanted = Math.min(currentTime + AHEAD_S, duration - END_S, made - END_S);
  return buffered.some(([start, end]) => start <= currentTime + END_S && end >= wanted);
}
