// What calls the visitor back to the room: a sound, and a notice when they are mentioned.

import { effect } from "@preact/signals";
import type { RoomSession } from "../../session/types";
import { notify } from "../../ui/notices";
import { mentions } from "./lineParts";
import { newestAt, newSince } from "./news";
import { chime, hasSound } from "./sound";

/** Watches the chat until the returned function is called. `isRead` says whether it is visible. */
export function watchChat(session: RoomSession, isRead: () => boolean): () => void {
  let seenAt: number | undefined;
  return effect(() => {
    const chat = session.chat.value;
    const you = session.you.peek();
    const others = seenAt === undefined ? [] : newSince(chat, seenAt, you?.id);
    seenAt = Math.max(seenAt ?? 0, newestAt(chat));
    if (others.length === 0) return;
    if (hasSound.peek()) chime();
    const call = others.findLast(({ text }) => you && mentions(text, you.name));
    if (call && !isRead()) notify(`${call.name}: ${call.text}`);
  });
}
