// Who is in the room, from WELCOME and the PRESENCE messages after it. Pure.

import type { Member, Presence, Role, Welcome } from "../protocol.gen";

export interface Roster {
  /** Host first, then co-hosts, then by arrival. */
  readonly members: readonly Member[];
  /** How many people are present. In a big room `members` has only some of them. */
  readonly viewerCount: number;
  /** PRESENCE messages that arrived before their snapshot; null once the snapshot has arrived. */
  readonly early: readonly Difference[] | null;
}

export type Difference = Pick<Presence, "joined" | "left" | "changed" | "viewer_count">;

export const emptyRoster: Roster = { members: [], viewerCount: 0, early: [] };

const RANK: Record<Role, number> = { host: 0, cohost: 1, viewer: 2 };

/** Sorts by role, keeping the order of arrival within a role. */
function ordered(members: readonly Member[]): readonly Member[] {
  return [...members].sort((a, b) => RANK[a.role] - RANK[b.role]);
}

/** Starts a new connection. PRESENCE waits for the snapshot; the old list stays visible. */
export function awaitSnapshot(roster: Roster): Roster {
  return { ...roster, early: [] };
}

/** Applies the snapshot of WELCOME, then the messages that arrived early. */
export function applySnapshot(
  roster: Roster,
  snapshot: Pick<Welcome, "members" | "viewer_count">,
): Roster {
  const fresh: Roster = {
    members: ordered(snapshot.members),
    viewerCount: snapshot.viewer_count,
    early: null,
  };
  return (roster.early ?? []).reduce(applyPresence, fresh);
}

/** Applies one PRESENCE message: removes leaves, adds joins, replaces changed members. */
export function applyPresence(roster: Roster, difference: Difference): Roster {
  if (roster.early !== null) return { ...roster, early: [...roster.early, difference] };
  const members = new Map(roster.members.map((member) => [member.id, member]));
  for (const id of difference.left) members.delete(id);
  for (const member of [...difference.joined, ...difference.changed]) {
    members.set(member.id, member);
  }
  return {
    members: ordered([...members.values()]),
    viewerCount: difference.viewer_count,
    early: null,
  };
}

/** Shows `host` as host at once. The next PRESENCE brings the exact roles. */
export function applyHost(roster: Roster, host: string): Roster {
  const members = roster.members.map((member) => {
    if (member.id === host) return { ...member, role: "host" as const };
    return member.role === "host" ? { ...member, role: "viewer" as const } : member;
  });
  return { ...roster, members: ordered(members) };
}
