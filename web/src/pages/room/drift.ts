// The drift of a video as text and as one of three grades.

import { signedMs } from "../../ui/time";

export type Grade = "good" | "fair" | "poor";

const GOOD_MS = 40;
const FAIR_MS = 500;

export function grade(driftMs: number): Grade {
  const size = Math.abs(driftMs);
  if (size <= GOOD_MS) return "good";
  return size <= FAIR_MS ? "fair" : "poor";
}

export function driftText(driftMs: number): string {
  return signedMs(driftMs);
}

/** Length of a bar from the middle, 0 to 1. A square root, so that 20 ms are still visible. */
export function driftBar(driftMs: number): number {
  return Math.sqrt(Math.min(Math.abs(driftMs), 1000) / 1000);
}
