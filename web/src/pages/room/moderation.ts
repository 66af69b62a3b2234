// Who may take which moderation action. Same rules as in rooms/commands/moderation.py. Pure.

import type { Member } from "../../protocol.gen";

export type Action = "cohost" | "transfer" | "mute" | "kick" | "ban";

/** The person that an action is about. `muted` is null if unknown. */
export type Subject = Pick<Member, "id" | "name" | "role"> & { muted: boolean | null };

const OF_HOST: readonly Action[] = ["cohost", "transfer", "mute", "kick", "ban"];
const OF_COHOST: readonly Action[] = ["mute", "kick"];

export function actionsFor(
  you: Pick<Member, "id" | "role"> | null,
  who: Pick<Subject, "id" | "role">,
): readonly Action[] {
  if (you === null || you.id === who.id || who.role === "host") return [];
  if (you.role === "host") return OF_HOST;
  return you.role === "cohost" && who.role === "viewer" ? OF_COHOST : [];
}

/**
 * Returns who wrote a message. A big room lists its host and co-hosts but only some of the others,
 * so someone who is not listed may still be there. The host may be away.
 */
export function personIn(
  members: readonly Member[],
  host: string | undefined,
  { member, name }: { member: string; name: string },
): Subject {
  const known = members.find(({ id }) => id === member);
  return known ?? { id: member, name, role: member === host ? "host" : "viewer", muted: null };
}
