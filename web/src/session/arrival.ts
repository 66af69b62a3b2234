// What the server embeds in a room's page for a known visitor: the join response, and the film,
// which is already loading. This saves round trips.

import type { JoinOut } from "../rest.gen";

/** A join response, with the times of request and response in ms of `performance.now()`. */
export interface Joined {
  answer: JoinOut;
  askedAt: number;
  answeredAt: number;
}

/** Returns the embedded join response for `code` once; null if the page has none. */
export function takeJoin(code: string): Joined | null {
  const written = document.getElementById("joined");
  if (written === null) return null;
  written.remove();
  const answer = JSON.parse(written.textContent ?? "") as JoinOut;
  if (!answer.ws_url?.endsWith(`/${code}/`)) {
    film()?.remove();
    return null;
  }
  const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const answeredAt = visit?.responseStart || performance.now();
  return { answer, askedAt: visit?.requestStart ?? 0, answeredAt };
}

/**
 * Returns the element that is already loading the file at `url`, and the key frame at which it
 * starts, or null.
 */
export function takeVideo(url: string): [HTMLVideoElement, number] | null {
  const element = film();
  const [address, keyS] = element?.getAttribute("src")?.split(/[?&]from=|#/) ?? [];
  if (element && address === url) return [element, Number(keyS) || 0];
  element?.remove();
  return null;
}

/** The film's element, until the player moves it. */
function film(): HTMLVideoElement | null {
  return document.querySelector("body > video#film");
}
