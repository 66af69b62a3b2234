// The rules for a player in a frame that can only be sent somewhere: YouTube, Vimeo (coarse),
// or be loaded anew at a position: Vidking (passive). Pure.
//
// Such a player answers late and tells its position a few times a second, so it is left alone
// until it is clearly wrong for a while, and after a jump it gets time to arrive.

import type { Decision, Input, Memory } from "./decision";
import { endOf, nothing, targetAt } from "./decision";
import { END_TOLERANCE_S } from "./timeline";

interface Patience {
  /** Jump when the error is larger than this … */
  jumpS: number;
  /** … and has been for so long. */
  wrongForMs: number;
  /** At least this long between two jumps; doubled each time up to the most. */
  waitMs: number;
  mostWaitMs: number;
  /** Never sooner after a jump than this, not even for a new state of the room. */
  restMs: number;
  /** A paused player may be this far from the position. */
  pausedS: number;
}

const PATIENCE: Record<"coarse" | "passive", Patience> = {
  coarse: {
    jumpS: 1,
    wrongForMs: 300,
    waitMs: 3_000,
    mostWaitMs: 30_000,
    restMs: 200,
    pausedS: 0.3,
  },
  passive: {
    jumpS: 5,
    wrongForMs: 1_000,
    waitMs: 15_000,
    mostWaitMs: 60_000,
    restMs: 15_000,
    pausedS: 5,
  },
};

/** After a jump the position says nothing for so long; then it says how long the jump took. */
const ARRIVES_MS = 1_500;
const LONGEST_SEEK_S = 3;
const PLAY_AGAIN_MS = 2_000;
/** A jump that comes out so wrong was overtaken by something else. */
const UNTEACHABLE_S = 2;
const FORGIVEN_AFTER_MS = 10_000;

export function controlCoarse(given: Input): Decision {
  const { state, now, player, traits } = given;
  const patience = PATIENCE[traits.correction === "passive" ? "passive" : "coarse"];
  const input = { ...given, memory: forgiven(given.memory, now) };
  const decision = decide(input, patience);
  const wrongRate = traits.rate && player.playbackRate !== state.rate;
  return wrongRate ? { ...decision, rate: state.rate } : decision;
}

function decide(input: Input, patience: Patience): Decision {
  const { state, now, player, traits } = input;
  if (traits.correction === "passive" && player.buffering) {
    // It is being loaded, at where it was sent: whatever is done now would load it once more.
    return nothing(input.memory, targetAt(state, player, now) - player.currentTime, false);
  }
  if (!state.playing) return stay(input, patience, state.position);
  const end = endOf(state, player);
  if (targetAt(state, player, now) >= end - END_TOLERANCE_S) return finish(input, patience, end);
  if (player.paused || player.ended) return start(input, patience);
  return follow(input, patience);
}

/** Paused near `position`. */
function stay(input: Input, patience: Patience, position: number): Decision {
  const { memory, player, traits } = input;
  const error = position - player.currentTime;
  const near = !(Math.abs(error) > patience.pausedS);
  const decision = {
    ...nothing(memory, error, near && player.paused),
    pause: traits.pause && !player.paused,
  };
  if (near || memory.aligned || !mayJump(input, patience)) return decision;
  return { ...decision, ...seek(input, patience, position) };
}

/** The end is reached: stop before the provider shows what it likes to show then. */
function finish(input: Input, patience: Patience, end: number): Decision {
  const { memory, player, traits } = input;
  const error = player.ended ? 0 : end - player.currentTime;
  if (player.ended || player.paused) return nothing(memory, error, true);
  if (Math.abs(error) > patience.jumpS) return stay(input, patience, end - END_TOLERANCE_S);
  return { ...nothing(memory, error, true), pause: traits.pause };
}

/** Paused while the room plays, or will: be near, and start on time. */
function start(input: Input, patience: Patience): Decision {
  const { state, now, player, memory } = input;
  const startsAt = Math.max(now, state.at);
  const error = targetAt(state, player, startsAt) - player.currentTime;
  const playAt = state.at - memory.startS * 1000;
  const decision = nothing(memory, error, false);
  if (Math.abs(error) > patience.jumpS && mayJump(input, patience)) {
    return { ...decision, ...seek(input, patience, arrivalAt(input)) };
  }
  if (now < playAt) return { ...decision, playAt };
  if (now < memory.nextPlayAt) return decision;
  return { ...decision, playAt, memory: { ...memory, nextPlayAt: now + PLAY_AGAIN_MS } };
}

/** Playing: jumps when it is clearly wrong. */
function follow(input: Input, patience: Patience): Decision {
  const { state, now, player } = input;
  // Before a scheduled start it may wait or already move: where it will be then is compared.
  const aheadS = (Math.max(0, state.at - now) / 1000) * state.rate;
  const error = targetAt(state, player, now) - aheadS - player.currentTime;
  const wrong = Math.abs(error) > patience.jumpS;
  if (now - input.memory.soughtAt < ARRIVES_MS || player.buffering) {
    return nothing(input.memory, error, !wrong && !player.buffering);
  }
  const learnt = learnSeek(input.memory, error);
  const wrongSince = wrong ? (learnt.wrongSince ?? now) : null;
  const memory = { ...learnt, wrongSince };
  const bad = wrongSince !== null && now - wrongSince >= patience.wrongForMs;
  if (!bad || !mayJump(input, patience)) return nothing(memory, error, !wrong);
  return {
    ...nothing(memory, error, false),
    ...seek({ ...input, memory: { ...memory, wrongSince: null } }, patience, arrivalAt(input)),
  };
}

/** Returns where the room will be when a seek that is asked for now is done. */
function arrivalAt({ state, now, player, memory }: Input): number {
  return targetAt(state, player, now + memory.seekS * 1000);
}

function seek(
  { memory, now }: Input,
  patience: Patience,
  position: number,
): Pick<Decision, "seek" | "memory"> {
  const waitMs = Math.min(patience.mostWaitMs, patience.waitMs * 2 ** memory.jumps);
  return {
    seek: position,
    memory: {
      ...memory,
      aligned: true,
      seekAskedAt: now,
      soughtAt: now,
      nextJumpAt: now + waitMs,
      jumps: memory.jumps + 1,
    },
  };
}

/** Learns from how far behind (or ahead) the last jump came out. */
function learnSeek(memory: Memory, error: number): Memory {
  if (memory.seekAskedAt === null) return memory;
  if (Math.abs(error) > UNTEACHABLE_S) return { ...memory, seekAskedAt: null };
  const seekS = Math.min(LONGEST_SEEK_S, Math.max(0, memory.seekS + 0.5 * error));
  return { ...memory, seekAskedAt: null, seekS };
}

function mayJump({ memory, now, traits }: Input, { restMs }: Patience): boolean {
  return traits.seek && now >= memory.nextJumpAt && now - memory.soughtAt >= restMs;
}

function forgiven(memory: Memory, now: number): Memory {
  const calm = memory.settledSince !== null && now - memory.settledSince > FORGIVEN_AFTER_MS;
  return calm && memory.jumps > 0 ? { ...memory, jumps: 0 } : memory;
}
