// The links in a text that somebody has pasted.

import { linkParts } from "../links";

/** "a https://x.org/1, https://x.org/2" → both links; a text without any → the text itself. */
export function linksIn(text: string): string[] {
  const links = linkParts(text).flatMap(({ href }) => href ?? []);
  const whole = text.trim();
  if (links.length > 1) return [...new Set(links)];
  // The server finds the one link in a sentence, or an embed code, by itself.
  return whole ? [whole] : [];
}
