// Which messages came since the chat was looked at last. Pure.

import type { ChatItem } from "../../session/types";

/** The moment of the newest message that the room has; 0 without any. */
export function newestAt(chat: readonly ChatItem[]): number {
  return chat.reduce((at, line) => (line.pending || line.failed ? at : Math.max(at, line.at)), 0);
}

/**
 * The messages of others that are newer than `at`. By time, not by the last one's id: a moderator
 * may have deleted that one.
 */
export function newSince(
  chat: readonly ChatItem[],
  at: number,
  you: string | undefined,
): readonly ChatItem[] {
  return chat.filter((line) => line.at > at && line.member !== you);
}
