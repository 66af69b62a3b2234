// Joins and leaves while the visitor is present, for the lines in the chat. Pure.

import type { Roster } from "../presence/roster";
import type { Presence } from "../protocol.gen";

export interface PresenceChange {
  /** Room time in ms. */
  at: number;
  joined: readonly { id: string; name: string }[];
  left: readonly { id: string; name: string }[];
}

const KEPT = 100;

/** Adds the joins and leaves of others in a PRESENCE message; nothing in a big room. */
export function noted(
  presenceChanges: readonly PresenceChange[],
  before: Roster,
  { joined, left, viewer_count }: Presence,
  { at, you }: { at: number; you: string },
): readonly PresenceChange[] {
  if (before.early !== null || viewer_count > before.members.length + joined.length)
    return presenceChanges;
  const known = new Map(before.members.map(({ id, name }) => [id, name]));
  const came = joined.filter(({ id }) => id !== you && !known.has(id));
  const gone = left.filter((id) => id !== you && known.has(id));
  if (came.length + gone.length === 0) return presenceChanges;
  const change = {
    at,
    joined: came.map(({ id, name }) => ({ id, name })),
    left: gone.map((id) => ({ id, name: known.get(id) ?? "" })),
  };
  return [...presenceChanges, change].slice(-KEPT);
}
