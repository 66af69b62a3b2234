// The votes cast in this browser. They are stored because the server reports only how many votes
// there are, not whose.

import type { Kept } from "./waitOptOut";

const KEY = "streamit-votes";
/** Older votes are dropped. A queue does not have more items than this. */
const MOST = 200;

/** Who votes for what, because several people may use a device. No part contains a space. */
export type Vote = readonly [member: string, ...what: (string | number)[]];

export function isCast(kept: Kept, vote: Vote): boolean {
  return votes(kept).includes(vote.join(":"));
}

export function setCast(kept: Kept, vote: Vote, on: boolean): void {
  const text = vote.join(":");
  const others = votes(kept).filter((other) => other !== text);
  kept.setItem(KEY, (on ? [...others, text] : others).slice(-MOST).join(" "));
}

function votes(kept: Kept): string[] {
  return (kept.getItem(KEY) ?? "").split(" ").filter(Boolean);
}
