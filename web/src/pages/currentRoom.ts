// The room that this person is in or was in recently, in any tab of this browser.

import { t } from "../language/t";
import { api } from "../net/api";
import { siteData } from "../siteData";
import { notify } from "../ui/notices";
import { failureText } from "./failure";
import { librarySource } from "./source";

export interface CurrentRoom {
  code: string;
  name: string;
}

const KEY = "streamit-room";
/** After this long, a room that was left no longer counts as current. */
const KEPT_MS = 12 * 3_600_000;

export function rememberRoom({ code, name }: CurrentRoom): void {
  siteData.setItem(KEY, JSON.stringify({ code, name, at: Date.now() }));
}

/** Forgets the room if it is this one; without a code, any. Call it when the room is over. */
export function forgetRoom(code?: string): void {
  if (code === undefined || currentRoom()?.code === code) siteData.removeItem(KEY);
}

export function currentRoom(): CurrentRoom | null {
  try {
    const { code, name, at } = JSON.parse(siteData.getItem(KEY) ?? "null") ?? {};
    const known = typeof code === "string" && typeof name === "string";
    return known && Date.now() - at < KEPT_MS ? { code, name } : null;
  } catch {
    return null;
  }
}

/** Adds a video from the library to the room's queue, and shows the result. */
export async function addToRoom(room: CurrentRoom, videoId: string): Promise<boolean> {
  try {
    await queueIn(room, videoId);
    sayQueued(room, 1);
    return true;
  } catch (error) {
    notify(failureText(error));
    return false;
  }
}

export async function queueIn({ code }: CurrentRoom, videoId: string): Promise<void> {
  await api.addToQueue(code, { source: librarySource(videoId) });
}

export function sayQueued({ name }: CurrentRoom, count: number): void {
  notify(t("{{count}} videos added to the queue of “{{name}}”.", { count, name }));
}
