// The rules for a player that starts, seeks and changes its rate exactly: <video>. Pure.
//
// There are two ways back to the room's position. A small error is corrected by the playback rate.
// A larger one needs a rendezvous: the player seeks to a position that the room will reach soon,
// waits there paused, and starts exactly when the room arrives. The room's own scheduled starts
// (`at` in the future) are such a rendezvous. If timers are late, as in a hidden page, that is
// impossible: the player starts at once, and the rate corrects the rest.

import type { Decision, Input, Memory, Rendezvous, SharedState, Snapshot } from "./decision";
import {
  EARLY_MS,
  endOf,
  forgiven,
  HURRY_MS,
  lastPicture,
  nothing,
  placeAt,
  positionBefore,
  targetAt,
} from "./decision";
import { isAtGrowingEnd, positionAt } from "./timeline";

/** Above this error a jump is less disturbing than a changed rate. */
const JUMP_S = 0.5;
/** Below the first error the rate is normal; above the second it is changed again. */
const CALM_S = 0.002;
const STIR_S = 0.005;

interface Pace {
  /** The rate is changed by at most this share. */
  most: number;
  /** The error shrinks by this share of itself each second. */
  gain: number;
  /** This share of the smoothed error is kept every 100 ms. */
  keep: number;
}
const STEADY: Pace = { most: 0.1, gain: 2, keep: 0.7 };
/** Right after a command, a start or a jump, when nobody notices a changed pitch. */
const HURRIED: Pace = { most: 0.25, gain: 4, keep: 0.4 };
/** At most this share of the error is corrected between two steps, however far apart they are. */
const SHARE_PER_STEP = 0.7;
/** The rate changes in steps of this size, so that the audio is not stretched anew all the time. */
const RATE_STEP = 0.005;
/** Two positions this close are the same frame. */
const SAME_S = 0.005;
const SETTLED_S = 0.033;
/** After a late start, errors up to this are corrected by the rate, larger ones by a rendezvous. */
const LATE_S = 0.2;
const MARGIN_S = 0.06;
/** A wait that is longer than it must be by this is cut short by another seek. */
const WASTED_S = 0.5;
/** How often another rendezvous is planned before the player has been in sync. */
const MOST_ANEW = 3;
/** Once the video has played this long, the delay of its start can be measured. */
const LEARN_AFTER_MS = 150;
const LATE_STEP_MS = 50;
const STUCK_MS = 5_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;
const FORGIVEN_AFTER_MS = 5_000;

const clamp = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value));

export function controlSmooth(given: Input): Decision {
  const { state, now, player } = given;
  const input = { ...given, memory: learnSeek(given) };
  if (!state.playing) return stay(input, state.position);
  const position = positionAt(state, now);
  if (isAtGrowingEnd(state, position)) return stay(input, position);
  const end = endOf(state, player);
  if (targetAt(state, player, now) >= end) return finish(input, end);
  const waits = player.paused || player.ended || input.memory.rendezvous !== null;
  if (input.timersAreLate && state.at - now <= EARLY_MS) {
    return waits ? startNow(input) : follow(input, positionBefore(input));
  }
  if (now < state.at) return beforeStart(input);
  if (input.memory.rendezvous !== null) {
    return isTooFar(input, input.memory.rendezvous)
      ? anew(input)
      : meet(input, input.memory.rendezvous);
  }
  if (player.paused || player.ended) return arrange(input);
  return follow(input, targetAt(state, player, now));
}

/**
 * Learns from a finished seek how long seeks take. Slow ones count more. If it was much faster than
 * expected, the slow one was an exception, as the first is, which also loads the film.
 */
function learnSeek({ memory, player, now }: Input): Memory {
  if (memory.seekAskedAt === null || player.seeking) return memory;
  const tookS = Math.min(5, (now - memory.seekAskedAt) / 1000);
  const weight = tookS > memory.seekS ? 0.7 : 0.3;
  const isException = memory.seekS - tookS > WASTED_S;
  return {
    ...memory,
    seekAskedAt: null,
    seekS: isException ? tookS : memory.seekS + weight * (tookS - memory.seekS),
  };
}

/** Stays paused, showing the frame at `at`, or the last one. */
function stay({ state, memory, player, now }: Input, at: number): Decision {
  const position = withPicture(at, state, player);
  const error = position - player.currentTime;
  const there = Math.abs(error) <= SAME_S;
  const idle = nothing(memory, error, Math.abs(error) <= SETTLED_S && !player.seeking);
  const paused = { ...idle, pause: !player.paused };
  // A seek may miss its target slightly. Seek again only if it is far off.
  const strayed = Math.abs(error) > JUMP_S && now - memory.soughtAt > FIRST_WAIT_MS;
  if (there || (memory.aligned && !strayed)) return paused;
  return {
    ...paused,
    seek: position,
    memory: { ...memory, aligned: true, seekAskedAt: now, soughtAt: now },
  };
}

/**
 * A player that seeks to the very end waits for data that never comes, and shows no picture. The
 * audio may also be longer than the video. A player that has played beyond the last picture stays.
 */
function withPicture(position: number, state: SharedState, player: Snapshot): number {
  const last = lastPicture(state, player);
  return Math.min(position, player.buffering ? last : Math.max(last, player.currentTime));
}

/** The room has reached the end: play the last moment, or show the last frame. */
function finish(input: Input, end: number): Decision {
  const { memory, player } = input;
  const error = player.ended ? 0 : end - player.currentTime;
  const almost = error < JUMP_S && (!player.paused || player.ended);
  return almost ? nothing(memory, error, player.ended) : stay(input, end);
}

/** Starts without waiting, as close to the room as one seek gets. */
function startNow(input: Input): Decision {
  const { state, now, player } = input;
  const hurryUntil = now + HURRY_MS;
  const fresh = { rendezvous: null, error: null, nudging: false, startedAt: null, hurryUntil };
  const memory = { ...input.memory, ...fresh };
  const error = targetAt(state, player, now) - player.currentTime;
  const rate = player.playbackRate === state.rate ? null : state.rate;
  const start = { ...nothing(memory, error, false), rate, playAt: now };
  if (Math.abs(error) <= JUMP_S && !player.ended) return start;
  return {
    ...start,
    seek: placeAt(state, player, now + (memory.seekS + memory.startS) * 1000),
    memory: { ...memory, seekAskedAt: now, soughtAt: now },
  };
}

/** Before a scheduled start: keeps playing if that arrives on time, otherwise waits there. */
function beforeStart(input: Input): Decision {
  const { state, player, memory } = input;
  const expected = positionBefore(input);
  const moving = !player.paused && !player.seeking && memory.rendezvous === null;
  if (moving && Math.abs(expected - player.currentTime) < LATE_S) return follow(input, expected);
  return meet(input, { position: placeAt(state, player, state.at), at: state.at });
}

/** Plans a rendezvous with the room, as early as the player can manage. */
function arrange(input: Input): Decision {
  if (input.timersAreLate) return startNow(input);
  const { state, now, player, memory } = input;
  const aheadS = player.currentTime - targetAt(state, player, now);
  const waitS = aheadS / state.rate;
  // Already a little ahead of the room: wait for it without a seek.
  if (!player.ended && waitS >= memory.startS && waitS <= JUMP_S) {
    return meet(input, { position: player.currentTime, at: now + waitS * 1000 });
  }
  const at = now + (memory.seekS + memory.startS + MARGIN_S) * 1000;
  return meet(input, { position: placeAt(state, player, at), at });
}

/** Whether another seek, as fast as the one that is done, would be with the room much earlier. */
function isTooFar({ now, player, memory }: Input, { at }: Rendezvous): boolean {
  const waitS = (at - now) / 1000 - memory.seekS - memory.startS - MARGIN_S;
  return !player.seeking && memory.jumps < MOST_ANEW && waitS > WASTED_S;
}

/** Plans another rendezvous instead of this one. */
function anew(input: Input): Decision {
  const { memory } = input;
  return arrange({ ...input, memory: { ...memory, rendezvous: null, jumps: memory.jumps + 1 } });
}

/** Waits at the rendezvous and starts on time. */
function meet(input: Input, rendezvous: Rendezvous): Decision {
  const { state, now, player } = input;
  const isNew = input.memory.rendezvous?.at !== rendezvous.at;
  const memory = { ...input.memory, rendezvous, error: null, nudging: false };
  const error = targetAt(state, player, now) - player.currentTime;
  const rate = player.playbackRate === state.rate ? null : state.rate;
  const hold = { ...nothing(memory, error, false), rate, pause: !player.paused };
  if (isNew && Math.abs(rendezvous.position - player.currentTime) > SAME_S) {
    return {
      ...hold,
      seek: rendezvous.position,
      memory: { ...memory, seekAskedAt: now, soughtAt: now },
    };
  }
  if (player.seeking) return hold;
  const lateS = (now - rendezvous.at) / 1000;
  if (lateS > LATE_S && memory.jumps < MOST_ANEW) return anew({ ...input, memory });
  const playAt = rendezvous.at - memory.startS * 1000;
  if (now < playAt) return { ...hold, playAt };
  return {
    ...hold,
    pause: false,
    playAt,
    memory: {
      ...memory,
      rendezvous: null,
      // A late call of play() says nothing about the player.
      startedAt: now - playAt > LATE_STEP_MS ? null : now,
      hurryUntil: now + HURRY_MS,
    },
  };
}

/** Playing: follows `target` by the rate, or jumps when the error is too large. */
function follow(input: Input, target: number): Decision {
  const { state, now, player } = input;
  const base = player.playbackRate === state.rate ? null : state.rate;
  const raw = target - player.currentTime;
  if (player.seeking || player.buffering) {
    // Its current position is not where it will continue, so learn nothing from it.
    const memory = { ...input.memory, error: null, nudging: false, startedAt: null };
    const stuck = memory.bufferingSince !== null && now - memory.bufferingSince > STUCK_MS;
    if (stuck && mayJump(memory, now)) return jump({ ...input, memory });
    return { ...nothing(memory, raw, false), rate: base };
  }
  if (input.memory.startedAt !== null && now - input.memory.startedAt < LEARN_AFTER_MS) {
    return { ...nothing(input.memory, raw, Math.abs(raw) <= SETTLED_S), rate: base };
  }
  const memory = learnStart({ ...input.memory, error: smoothed(input.memory, raw, now) }, raw);
  if (Math.abs(raw) > JUMP_S && mayJump(memory, now)) return jump({ ...input, memory });
  const { rate, nudging } = nudged(memory, state, now);
  return {
    ...nothing(
      { ...forgiven(memory, now, FORGIVEN_AFTER_MS), nudging },
      raw,
      Math.abs(raw) <= SETTLED_S,
    ),
    rate: rate === player.playbackRate ? null : rate,
  };
}

function paceOf(memory: Memory, now: number): Pace {
  return now < memory.hurryUntil ? HURRIED : STEADY;
}

function smoothed(memory: Memory, raw: number, now: number): number {
  if (memory.error === null) return raw;
  const keep = paceOf(memory, now).keep ** ((now - memory.steppedAt) / 100);
  return keep * memory.error + (1 - keep) * raw;
}

/** Learns how long the video takes to move after play(), from the delay of its start. */
function learnStart(memory: Memory, raw: number): Memory {
  if (memory.startedAt === null) return memory;
  const startS = clamp(memory.startS + 0.5 * clamp(raw, -0.2, 0.2), 0, 0.4);
  return { ...memory, startedAt: null, startS };
}

function nudged(
  memory: Memory,
  state: SharedState,
  now: number,
): { rate: number; nudging: boolean } {
  const error = memory.error ?? 0;
  const nudging = Math.abs(error) > (memory.nudging ? CALM_S : STIR_S);
  if (!nudging) return { rate: state.rate, nudging };
  const stepS = Math.max(0.001, (now - memory.steppedAt) / 1000);
  const { most, gain } = paceOf(memory, now);
  const share = clamp(error * Math.min(gain, SHARE_PER_STEP / stepS), -most, most);
  const rate = state.rate * (1 + Math.round(share / RATE_STEP) * RATE_STEP);
  return { rate, nudging };
}

function mayJump(memory: Memory, now: number): boolean {
  return now >= memory.nextJumpAt;
}

/** Seeks to the room's position. Each consecutive seek waits longer than the one before. */
function jump(input: Input): Decision {
  const { memory, now } = input;
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** memory.jumps);
  return arrange({
    ...input,
    memory: { ...memory, jumps: memory.jumps + 1, nextJumpAt: now + waitMs },
  });
}
