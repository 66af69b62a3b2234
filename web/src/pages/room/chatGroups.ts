// Groups chat messages by person and minute. Pure.

import type { ChatItem } from "../../session/types";

export interface ChatGroup {
  /** The id of its first message. */
  id: string;
  member: string;
  name: string;
  at: number;
  items: ChatItem[];
}

const MINUTE_MS = 60_000;

export function chatGroups(chat: readonly ChatItem[]): ChatGroup[] {
  const groups: ChatGroup[] = [];
  for (const item of chat) {
    const last = groups.at(-1);
    const minute = Math.floor(item.at / MINUTE_MS);
    if (last?.member === item.member && Math.floor(last.at / MINUTE_MS) === minute)
      last.items.push(item);
    else
      groups.push({
        id: item.id,
        member: item.member,
        name: item.name,
        at: item.at,
        items: [item],
      });
  }
  return groups;
}
