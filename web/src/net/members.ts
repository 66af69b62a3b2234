// The REST interface of a room's people, typed. Separate, because only lists of people need it.

import type { MembersOut } from "../rest.gen";
import { get } from "./request";

interface MembersQuery {
  q?: string;
  online?: "true";
  limit: `${number}`;
}

export function roomMembers(code: string, query: MembersQuery): Promise<MembersOut> {
  return get(`/rooms/${encodeURIComponent(code)}/members?${new URLSearchParams({ ...query })}`);
}
