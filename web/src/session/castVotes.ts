// The votes that this browser has cast, so that a reload does not forget them: the server tells
// how many there are, and not whose.

import type { Kept } from "./waitOptOut";

const KEY = "streamit-votes";
/** Older ones are forgotten. A queue has at most as many items. */
const MOST = 200;

/** What is voted for by whom, since several people may use a device. No part has a space. */
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
