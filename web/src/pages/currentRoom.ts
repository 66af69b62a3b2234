// The room that this person is in, or was in a moment ago, in any tab of this browser.

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
/** A room that was left so long ago is none that people are in. */
const KEPT_MS = 12 * 3_600_000;

export function rememberRoom({ code, name }: CurrentRoom): void {
  siteData.setItem(KEY, JSON.stringify({ code, name, at: Date.now() }));
}

/** Call it when the room is over for this person: another stays remembered. Without a code, any. */
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

/** Adds a video of the library to the room's queue, and says what came of it. */
export async function addToRoom(room: CurrentRoom, videoId: string): Promise<void> {
  try {
    await queueIn(room, videoId);
    sayQueued(room, 1);
  } catch (error) {
    notify(failureText(error));
  }
}

export async function queueIn({ code }: CurrentRoom, videoId: string): Promise<void> {
  await api.addToQueue(code, { source: librarySource(videoId) });
}

export function sayQueued({ name }: CurrentRoom, count: number): void {
  notify(t("{{count}} videos added to the queue of “{{name}}”.", { count, name }));
}
