// Calls the visitor back to the room: a sound, and a notification when they are mentioned.

import { effect } from "@preact/signals";
import type { RoomSession } from "../../session/types";
import { notify } from "../../ui/notices";
import { mentions } from "./lineParts";
import { newsOf } from "./news";
import { chime, hasSound } from "./sound";

/** Watches the chat until the returned function is called. `isRead` says whether it is visible. */
export function watchChat(session: RoomSession, isRead: () => boolean): () => void {
  const news = newsOf(session);
  return effect(() => {
    const others = news();
    if (others.length === 0) return;
    const you = session.you.peek();
    if (hasSound.peek()) chime();
    const call = others.findLast(({ text }) => you && mentions(text, you.name));
    if (call && !isRead()) notify(`${call.name}: ${call.text}`);
  });
}
