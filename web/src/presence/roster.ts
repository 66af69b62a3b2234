// Who is in the room, as told by WELCOME and the PRESENCE messages after it. Pure.

import type { Member, Presence, Role, Welcome } from "../protocol.gen";

export interface Roster {
  /** Host first, then co-hosts, then by arrival. */
  readonly members: readonly Member[];
  /** How many are there; more than `members` in a big room. */
  readonly viewerCount: number;
  /** Differences that came before the snapshot they belong to; null once it is there. */
  readonly early: readonly Difference[] | null;
}

export type Difference = Pick<Presence, "joined" | "left" | "changed" | "viewer_count">;

export const emptyRoster: Roster = { members: [], viewerCount: 0, early: [] };

const RANK: Record<Role, number> = { host: 0, cohost: 1, viewer: 2 };

/** Sorts by role and else keeps the order, which is that of arrival. */
function ordered(members: readonly Member[]): readonly Member[] {
  return [...members].sort((a, b) => RANK[a.role] - RANK[b.role]);
}

/** A new connection: differences wait until its snapshot is there, the old list stays seen. */
export function awaitSnapshot(roster: Roster): Roster {
  return { ...roster, early: [] };
}

/** Takes the snapshot of WELCOME, then what came early. */
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

/** Takes one PRESENCE: whoever left goes, whoever joined or changed is put in or replaced. */
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

/** Hands the crown to `host` at once; the exact roles follow with the next PRESENCE. */
export function applyHost(roster: Roster, host: string): Roster {
  const members = roster.members.map((member) => {
    if (member.id === host) return { ...member, role: "host" as const };
    return member.role === "host" ? { ...member, role: "viewer" as const } : member;
  });
  return { ...roster, members: ordered(members) };
}
