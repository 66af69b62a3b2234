// What the server embeds in a room's page for a known visitor: the join response, and the film,
// which is already loading. This saves round trips.

import type { JoinOut } from "../rest.gen";

/** At most so long other downloads wait for the film. */
const MOST_MS = 2_000;

let shown: Promise<void> = Promise.resolve();

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
  const isIt = element !== null && address === url;
  shown = isIt ? firstPicture(element) : Promise.resolve();
  if (isIt) return [element, Number(keyS) || 0];
  element?.remove();
  return null;
}

/**
 * Settles when the embedded film has its first frame, or fails, or takes long; at once without one.
 * Downloads that can wait begin after that, because on a slow line they would delay the frame.
 */
export function filmShown(): Promise<void> {
  return shown;
}

function firstPicture(element: HTMLVideoElement): Promise<void> {
  return new Promise((done) => {
    if (element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) done();
    for (const event of ["loadeddata", "error"]) element.addEventListener(event, () => done());
    setTimeout(done, MOST_MS);
  });
}

/** The film, while it is where the server put it: the player moves it. */
function film(): HTMLVideoElement | null {
  return document.querySelector("body > video#film");
}
