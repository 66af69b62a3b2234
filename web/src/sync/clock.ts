// The room's clock as this page estimates it: an offset to `performance.now()`.
//
// The wall clock is never read, so it may be hours wrong or jump. Each PING bounds the offset
// from both sides: the server read t1 after we sent (t0) and t2 before we received (t3), so
//     t2 - t3  ≤  offset  ≤  t1 - t0.
// Each bound comes from the best recent sample, and the estimate is their middle. With one sample
// this is Cristian's formula. With many it is at least as tight as the sample with the shortest
// round trip, because the fastest way out and the fastest way back may be in different samples.

export interface Sample {
  /** Our clock when the PING was sent and when its PONG arrived. */
  t0: number;
  t3: number;
  /** Room time when the server received the PING and when it answered. */
  t1: number;
  t2: number;
}

export interface Reading {
  offsetMs: number;
  rttMs: number;
}

const SAMPLES = 16;
/** Two quartz clocks drift apart by up to this, so old bounds are widened by it. */
const DRIFT_PPM = 60;
/** Older samples are hardly useful. 16 samples span 32 s at the normal rate. */
const MAX_AGE_MS = 120_000;

interface Bounds {
  low: number;
  high: number;
}

/** Returns the combined bounds of all `samples` at `nowMs`. */
function bounds(samples: readonly Sample[], nowMs: number): Bounds {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const { t0, t1, t2, t3 } of samples) {
    const driftMs = ((nowMs - t3) * DRIFT_PPM) / 1e6;
    low = Math.max(low, t2 - t3 - driftMs);
    high = Math.min(high, t1 - t0 + driftMs);
  }
  return { low, high };
}

/**
 * Returns those of `samples` (oldest first) that agree with the newest. After a sleep in which
 * `performance.now()` stood still, or a jump of the room's clock, old bounds contradict new ones.
 */
function agreeing(samples: readonly Sample[], nowMs: number): Sample[] {
  let kept = samples.slice(-SAMPLES).filter(({ t3 }) => nowMs - t3 <= MAX_AGE_MS);
  for (let found = bounds(kept, nowMs); found.low > found.high; found = bounds(kept, nowMs)) {
    kept = kept.slice(1);
  }
  return kept;
}

export class RoomClock {
  private samples: Sample[] = [];
  private current: Reading | null = null;

  /** Adds the times of one answered PING. Samples come in the order of their `t3`. */
  add({ t0, t1, t2, t3 }: Sample): void {
    if (t3 < t0) return;
    // A browser may round its clock so much that the server seems to take longer than the round
    // trip.
    this.samples = agreeing([...this.samples, { t0, t1, t2: Math.min(t2, t1 + t3 - t0), t3 }], t3);
    const { low, high } = bounds(this.samples, t3);
    const trips = this.samples.map((kept) => kept.t3 - kept.t0 - (kept.t2 - kept.t1));
    this.current = { offsetMs: (low + high) / 2, rttMs: Math.min(...trips) };
  }

  /** The current estimate; null before the first answer. */
  get reading(): Reading | null {
    return this.current;
  }

  /** Returns the room time at `localMs` of our clock; null before the first answer. */
  roomTime(localMs: number): number | null {
    return this.current === null ? null : localMs + this.current.offsetMs;
  }
}
