// Which messages arrived since the chat was last read.

import type { ChatItem, RoomSession } from "../../session/types";

/**
 * Returns a function that returns the messages of others since its last call. Messages from before
 * the visitor joined do not count.
 */
export function newsOf({
  chat,
  you,
}: Pick<RoomSession, "chat" | "you">): () => readonly ChatItem[] {
  let seenAt: number | undefined;
  return () => {
    const lines = chat.value;
    // The visitor's id arrives together with the chat history.
    if (!you.value) return [];
    const fresh = seenAt === undefined ? [] : newSince(lines, seenAt, you.value.id);
    seenAt = Math.max(seenAt ?? 0, newestAt(lines));
    return fresh;
  };
}

/** The time of the newest message; 0 if there is none. */
export function newestAt(chat: readonly ChatItem[]): number {
  return chat.reduce((at, line) => (line.pending || line.failed ? at : Math.max(at, line.at)), 0);
}

/**
 * The messages of others that are newer than `at`. Compares times, not ids, because a moderator may
 * have deleted the last message.
 */
export function newSince(chat: readonly ChatItem[], at: number, you: string): readonly ChatItem[] {
  return chat.filter((line) => line.at > at && line.member !== you);
}
