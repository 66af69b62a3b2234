// Whether this visitor's player has the picture, so that the room need not wait for it. Pure.

import type { Player } from "../players/player";
import type { State } from "../protocol.gen";

/** So far from the room's position a paused player still shows the right picture. */
const NEAR_S = 0.5;
const NEAR_COARSE_S = 2;
/** So much has to be loaded ahead, or the next stall comes at once. */
const AHEAD_S = 2;
/** The last frames lie a little before a video's duration. */
const END_S = 0.2;

export type ReadyPlayer = Pick<
  Player,
  "currentTime" | "duration" | "buffering" | "buffered" | "traits"
>;

export function isReady(state: State, player: ReadyPlayer): boolean {
  if (player.buffering || !Number.isFinite(player.duration)) return false;
  // What plays without a break has the picture.
  if (state.playing) return true;
  const smooth = player.traits.correction === "smooth";
  const near = smooth ? NEAR_S : NEAR_COARSE_S;
  if (Math.abs(player.currentTime - state.position) > near) return false;
  return !smooth || isLoadedAhead(player);
}

function isLoadedAhead({ currentTime, duration, buffered }: ReadyPlayer): boolean {
  const wanted = Math.min(currentTime + AHEAD_S, duration - END_S);
  return buffered.some(([start, end]) => start <= currentTime + END_S && end >= wanted);
}
