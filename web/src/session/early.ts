// What a known visitor of a room asks for in any case, asked before the page's code is there.
//
// Joining needs nothing but the address, and tells what is played. A file begins to load at once.
// The session takes what is there instead of asking again.

import { post } from "../net/request";
import type { JoinIn, JoinOut, PlaybackOut } from "../rest.gen";

/** An answer to joining, and when it was asked for and came, in ms of `performance.now()`. */
export interface Joined {
  answer: JoinOut;
  askedAt: number;
  answeredAt: number;
}

interface Early {
  code: string;
  join: Promise<Joined> | null;
  video: { url: string; element: HTMLVideoElement } | null;
}

declare global {
  /** The script that runs first and the page's code are bundled apart, and share this. */
  var streamitEarly: Early | undefined;
}

/** Set while somebody is signed in here; written by pages/account.ts. */
export const KNOWN_KEY = "streamit-known";
const ROOM = /^\/r\/([A-Za-z0-9_-]{1,64})\/?$/;
/** So long the page takes until it can play; a player that is a little ahead can wait. */
const LEAD_S = 1;

/** Asks to join the room at `path`, if it is one and the visitor was signed in the last time. */
export function askEarly(path: string): void {
  const code = ROOM.exec(path)?.[1]?.toLowerCase();
  if (code === undefined || localStorage.getItem(KNOWN_KEY) !== "yes") return;
  const early: Early = { code, join: join(code), video: null };
  early.join?.then(
    ({ answer }) => {
      early.video = answer.playback && videoOf(answer.playback);
    },
    // Whoever takes the answer is told; it may be that nobody does.
    () => {},
  );
  globalThis.streamitEarly = early;
}

async function join(code: string): Promise<Joined> {
  const askedAt = performance.now();
  const body: JoinIn = { playback: true };
  const answer = await post<JoinOut>(`/rooms/${encodeURIComponent(code)}/join`, body);
  return { answer, askedAt, answeredAt: performance.now() };
}

/** Begins to load the file that is played, where it will be wanted; null for anything else. */
function videoOf({ playable, state, server_time }: PlaybackOut): Early["video"] {
  if (playable?.kind !== "file" || playable.only_where) return null;
  const sinceS = state.playing ? (server_time - state.at) / 1000 + LEAD_S : 0;
  const position = state.position + Math.max(0, sinceS) * state.rate;
  const element = document.createElement("video");
  element.preload = "auto";
  element.src = `${playable.url}#t=${Math.min(position, state.duration ?? position).toFixed(2)}`;
  return { url: playable.url, element };
}

/**
 * The answer to joining `code`, given away once; null when it was not asked early, or refused.
 * Who asks again is told why, by an error that this bundle knows.
 */
export async function takeJoin(code: string): Promise<Joined | null> {
  const early = globalThis.streamitEarly;
  if (early?.code !== code) return null;
  const { join } = early;
  early.join = null;
  return (await join?.catch(() => null)) ?? null;
}

/** The element in which the file at `url` loads already, given away once. */
export function takeVideo(url: string): HTMLVideoElement | null {
  const early = globalThis.streamitEarly;
  if (early?.video?.url !== url) return null;
  const { element } = early.video;
  early.video = null;
  return element;
}
