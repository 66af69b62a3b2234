// The links in a text that somebody has pasted.

/** "a https://x.org/1, https://x.org/2" → both links; a text without any → the text itself. */
export function linksIn(text: string): string[] {
  const links = text.match(/https?:\/\/\S+/gi) ?? [];
  const whole = text.trim();
  if (links.length > 1) return [...new Set(links.map(trimmed))];
  // The server finds the one link in a sentence, or an embed code, by itself.
  return whole ? [whole] : [];
}

/** Without the punctuation of the sentence or list around it. */
function trimmed(link: string): string {
  return link.replace(/[,;.)\]}>"']+$/, "");
}
