// Whether this visitor's player has the picture, so that the room need not wait for it. Pure.

import type { Player } from "../players/player";
import type { State } from "../protocol.gen";

/** So far from the room's position a paused player is left, as `sync/` does not move it there. */
const NEAR_S = { smooth: 0.5, coarse: 2, passive: 5 };
/** So much has to be loaded ahead, or the next stall comes at once. */
const AHEAD_S = 2;
/** The last frames lie a little before a video's duration. */
const END_S = 0.2;

export type ReadyPlayer = Pick<
  Player,
  "currentTime" | "duration" | "buffering" | "buffered" | "traits"
>;

export function isReady(state: State, player: ReadyPlayer): boolean {
  // At the end of what is made everyone waits anyway, and a seek to it does not end.
  const made = state.made_until ?? Number.POSITIVE_INFINITY;
  if (!state.playing && state.position >= made - END_S) return true;
  if (player.buffering) return false;
  // A frame of another site may tell no length before it plays.
  const { correction } = player.traits;
  if (correction === "smooth" && Number.isNaN(player.duration)) return false;
  // What plays without a break has the picture.
  if (state.playing) return true;
  if (Math.abs(player.currentTime - state.position) > NEAR_S[correction]) return false;
  return correction !== "smooth" || isLoadedAhead(player, made);
}

/** The length of a film that is still being made is Infinity: it has no end yet. */
function isLoadedAhead({ currentTime, duration, buffered }: ReadyPlayer, made: number): boolean {
  const wanted = Math.min(currentTime + AHEAD_S, duration - END_S, made - END_S);
  return buffered.some(([start, end]) => start <= currentTime + END_S && end >= wanted);
}
