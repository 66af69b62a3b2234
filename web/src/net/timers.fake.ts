// Timers for tests: time passes only when a test says so.

import type { Cancel, Timers } from "./timers";

interface Entry {
  at: number;
  order: number;
  callback: () => void;
}

export class FakeTimers implements Timers {
  private entries: Entry[] = [];
  private order = 0;

  constructor(private time = 0) {}

  now(): number {
    return this.time;
  }

  after(delayMs: number, callback: () => void): Cancel {
    const entry = { at: this.time + Math.max(0, delayMs), order: this.order++, callback };
    this.entries.push(entry);
    return () => {
      this.entries = this.entries.filter((other) => other !== entry);
    };
  }

  /** Lets `ms` pass and runs the due callbacks in order. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (let entry = this.takeDue(end); entry; entry = this.takeDue(end)) {
      this.time = Math.max(this.time, entry.at);
      entry.callback();
    }
    this.time = end;
  }

  /** Like `advance`, but lets promises settle after each callback. */
  async run(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (let entry = this.takeDue(end); entry; entry = this.takeDue(end)) {
      this.time = Math.max(this.time, entry.at);
      entry.callback();
      await settled();
    }
    this.time = end;
  }

  /** Lets time jump, as while a laptop sleeps, without running anything. */
  sleep(ms: number): void {
    this.time += ms;
  }

  get pending(): number {
    return this.entries.length;
  }

  private takeDue(end: number): Entry | undefined {
    const due = this.entries
      .filter((entry) => entry.at <= end)
      .sort((a, b) => a.at - b.at || a.order - b.order)[0];
    if (due) this.entries = this.entries.filter((entry) => entry !== due);
    return due;
  }
}

/** Resolves when all promises that need no timer have settled. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null;
}
