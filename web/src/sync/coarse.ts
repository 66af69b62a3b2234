// The rules for a player in a frame that can only seek (coarse: YouTube, Vimeo) or only be
// reloaded at a position (passive: Vidking). Pure.
//
// Such a player answers late and reports its position only a few times a second. It is left
// alone until it has been clearly wrong for a while, and gets time to settle after a jump.

import type { Decision, Input, Memory } from "./decision";
import { EARLY_MS, endOf, forgiven, nothing, placeAt, positionBefore, targetAt } from "./decision";
import { END_TOLERANCE_S } from "./timeline";

interface Tolerance {
  /** Jump when the error is larger than this … */
  jumpS: number;
  /** … and has been for this long. */
  wrongForMs: number;
  /** At least this long between two jumps. Doubled each time, up to the maximum. */
  waitMs: number;
  mostWaitMs: number;
  /** Never sooner after a jump than this, even for a new state of the room. */
  restMs: number;
  /** A paused player may be this far off. */
  pausedS: number;
}

const PATIENCE: Record<"coarse" | "passive", Tolerance> = {
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

/** For this long after a jump the position is unreliable. Then it shows how long the jump took. */
const ARRIVES_MS = 1_500;
const LONGEST_SEEK_S = 3;
const PLAY_AGAIN_MS = 2_000;
/** If a jump is off by this much, something else came in between. */
const UNTEACHABLE_S = 2;
const FORGIVEN_AFTER_MS = 10_000;

export function controlCoarse(given: Input): Decision {
  const { state, now, player, traits } = given;
  const patience = PATIENCE[traits.correction === "passive" ? "passive" : "coarse"];
  const input = { ...given, memory: forgiven(given.memory, now, FORGIVEN_AFTER_MS) };
  const decision = decide(input, patience);
  const wrongRate = traits.rate && player.playbackRate !== state.rate;
  return wrongRate ? { ...decision, rate: state.rate } : decision;
}

function decide(input: Input, patience: Tolerance): Decision {
  const { state, now, player, traits } = input;
  if (traits.correction === "passive" && player.buffering) {
    // It is still loading the target position. Any command now would reload it.
    return nothing(input.memory, targetAt(state, player, now) - player.currentTime, false);
  }
  if (!state.playing) return stay(input, patience, state.position);
  const end = endOf(state, player);
  if (targetAt(state, player, now) >= end - END_TOLERANCE_S) return finish(input, patience, end);
  if (player.paused || player.ended) return start(input, patience);
  return follow(input, patience);
}

/** Stays paused near `position`. */
function stay(input: Input, patience: Tolerance, position: number): Decision {
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

/** At the end: pauses before the provider shows its own suggestions. */
function finish(input: Input, patience: Tolerance, end: number): Decision {
  const { memory, player, traits } = input;
  const error = player.ended ? 0 : end - player.currentTime;
  if (player.ended || player.paused) return nothing(memory, error, true);
  if (Math.abs(error) > patience.jumpS) return stay(input, patience, end - END_TOLERANCE_S);
  return { ...nothing(memory, error, true), pause: traits.pause };
}

/** Paused while the room plays or is about to: seeks close, and starts on time. */
function start(input: Input, patience: Tolerance): Decision {
  const { state, now, player, memory } = input;
  const startsAt = Math.max(now, state.at);
  const error = targetAt(state, player, startsAt) - player.currentTime;
  const playAt = state.at - memory.startS * 1000;
  const decision = nothing(memory, error, false);
  if (Math.abs(error) > patience.jumpS && mayJump(input, patience)) {
    return { ...decision, ...seek(input, patience, arrivalAt(input)) };
  }
  const early = input.timersAreLate && playAt - now <= EARLY_MS;
  if (now < playAt && !early) return { ...decision, playAt };
  if (now < memory.nextPlayAt) return decision;
  return {
    ...decision,
    playAt: Math.min(now, playAt),
    memory: { ...memory, nextPlayAt: now + PLAY_AGAIN_MS },
  };
}

/** Playing: jumps if it is clearly wrong. */
function follow(input: Input, patience: Tolerance): Decision {
  const { now, player } = input;
  // Before a scheduled start it may wait or already play: compare where it will be at the start.
  const error = positionBefore(input) - player.currentTime;
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

/** Returns where the room will be when a seek started now is done. */
function arrivalAt({ state, now, player, memory }: Input): number {
  return placeAt(state, player, now + memory.seekS * 1000);
}

function seek(
  { memory, now }: Input,
  patience: Tolerance,
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

/** Learns the length of a seek from how far off the last jump was. */
function learnSeek(memory: Memory, error: number): Memory {
  if (memory.seekAskedAt === null) return memory;
  if (Math.abs(error) > UNTEACHABLE_S) return { ...memory, seekAskedAt: null };
  const seekS = Math.min(LONGEST_SEEK_S, Math.max(0, memory.seekS + 0.5 * error));
  return { ...memory, seekAskedAt: null, seekS };
}

function mayJump({ memory, now, traits }: Input, { restMs }: Tolerance): boolean {
  return traits.seek && now >= memory.nextJumpAt && now - memory.soughtAt >= restMs;
}
