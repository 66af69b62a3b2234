// Which messages came since the chat was looked at last.

import type { ChatItem, RoomSession } from "../../session/types";

/**
 * Returns a function that gives the messages of others which came since it was called last. What
 * the room had already when the visitor came in is no news.
 */
export function newsOf({
  chat,
  you,
}: Pick<RoomSession, "chat" | "you">): () => readonly ChatItem[] {
  let seenAt: number | undefined;
  return () => {
    const lines = chat.value;
    // Who the visitor is comes together with what was said before.
    if (!you.value) return [];
    const fresh = seenAt === undefined ? [] : newSince(lines, seenAt, you.value.id);
    seenAt = Math.max(seenAt ?? 0, newestAt(lines));
    return fresh;
  };
}

/** The moment of the newest message that the room has; 0 without any. */
export function newestAt(chat: readonly ChatItem[]): number {
  return chat.reduce((at, line) => (line.pending || line.failed ? at : Math.max(at, line.at)), 0);
}

/**
 * The messages of others that are newer than `at`. By time, not by the last one's id: a moderator
 * may have deleted that one.
 */
export function newSince(chat: readonly ChatItem[], at: number, you: string): readonly ChatItem[] {
  return chat.filter((line) => line.at > at && line.member !== you);
}
