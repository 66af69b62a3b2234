// What a player must do now to be in sync with the room. Pure.
//
// `control` takes the room's state, the room time, the player's state and a memory of earlier
// steps. It returns what to do and the next memory. `loop.ts` calls it every 100 ms and whenever
// something happens. The rules depend on how exactly a player can follow: `smooth.ts` changes the
// rate and starts to the millisecond, `coarse.ts` can only seek.

import { type Decision, freshMemory, HURRY_MS, type Input, type Memory } from "./decision";

/** Returns what `rules` say the player must do at room time `now`, and the next memory. */
export function control(rules: (input: Input) => Decision, input: Input): Decision {
  const { memory, state, now } = input;
  const current =
    memory.revision === state.revision ? memory : forRevision(memory, state.revision, now);
  const next = { ...input, memory: observe(current, input) };
  const decision = rules(next);
  const settledSince = decision.settled ? (decision.memory.settledSince ?? now) : null;
  return { ...decision, memory: { ...decision.memory, steppedAt: now, settledSince } };
}

/** For a new revision, keeps only what was learnt about the player. */
function forRevision(memory: Memory, revision: number, now: number): Memory {
  const { seekS, startS, soughtAt, seekAskedAt } = memory;
  const hurryUntil = now + HURRY_MS;
  return { ...freshMemory, revision, seekS, startS, soughtAt, seekAskedAt, hurryUntil };
}

/** Records what the player has done by itself since the last step. */
function observe(memory: Memory, { player, now }: Input): Memory {
  return {
    ...memory,
    bufferingSince: player.buffering ? (memory.bufferingSince ?? now) : null,
  };
}
