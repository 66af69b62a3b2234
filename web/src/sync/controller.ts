// What a player has to do now so that it shows what the room shows. Pure.
//
// Given the room's state, the room time, what the player says of itself and a memory of what
// was done before, `control` returns what to do and the next memory. `loop.ts` calls it every
// 100 ms and whenever something happens. How exactly a player can follow decides which rules
// apply: `smooth.ts` nudges the rate and starts to the millisecond, `coarse.ts` can only seek.

import { controlCoarse } from "./coarse";
import { type Decision, freshMemory, HURRY_MS, type Input, type Memory } from "./decision";
import { controlSmooth } from "./smooth";

/** Returns what `player` has to do at room time `now`, and what to remember. */
export function control(input: Input): Decision {
  const { traits, memory, state, now } = input;
  const current =
    memory.revision === state.revision ? memory : forRevision(memory, state.revision, now);
  const next = { ...input, memory: observe(current, input) };
  const smooth = traits.correction === "smooth" && traits.rate && traits.pause && traits.seek;
  const decision = smooth ? controlSmooth(next) : controlCoarse(next);
  const settledSince = decision.settled ? (decision.memory.settledSince ?? now) : null;
  return { ...decision, memory: { ...decision.memory, steppedAt: now, settledSince } };
}

/** A new revision is a new aim; only what was learnt about the player stays true. */
function forRevision(memory: Memory, revision: number, now: number): Memory {
  const { seekS, startS, soughtAt, seekAskedAt } = memory;
  const hurryUntil = now + HURRY_MS;
  return { ...freshMemory, revision, seekS, startS, soughtAt, seekAskedAt, hurryUntil };
}

/** Notes what the player did by itself since the last step. */
function observe(memory: Memory, { player, now }: Input): Memory {
  return {
    ...memory,
    bufferingSince: player.buffering ? (memory.bufferingSince ?? now) : null,
  };
}
