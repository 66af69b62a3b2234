// What the server wrote into the page of a room for a visitor whom it knows: the answer to
// joining, and the film, which loads since then. Asking for them would take round trips.

import type { JoinOut } from "../rest.gen";

/** An answer to joining, and when it was asked for and came, in ms of `performance.now()`. */
export interface Joined {
  answer: JoinOut;
  askedAt: number;
  answeredAt: number;
}

/** The answer to joining `code`, given away once; null where the page did not bring it. */
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
 * The element in which the file at `url` loads already, and from which key frame on; null when
 * none does.
 */
export function takeVideo(url: string): [HTMLVideoElement, number] | null {
  const element = film();
  const [address, keyS] = element?.getAttribute("src")?.split(/[?&]from=|#/) ?? [];
  if (element && address === url) return [element, Number(keyS) || 0];
  element?.remove();
  return null;
}

/** The film, while it is where the server put it: the player moves it. */
function film(): HTMLVideoElement | null {
  return document.querySelector("body > video#film");
}
