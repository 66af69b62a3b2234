// The clock and the timers behind an interface, so that tests control time.

export type Cancel = () => void;

export interface Timers {
  /** Monotonic milliseconds. Never the wall clock, which may be wrong or jump. */
  now(): number;
  after(delayMs: number, callback: () => void): Cancel;
}

export const browserTimers: Timers = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
