// Finds the links in chat text. Pure.

export interface Part {
  text: string;
  /** Set when the text is a web address. */
  href?: string;
}

const LINK = /\bhttps?:\/\/[^\s<>"]+/gi;
/** Characters that end a sentence and do not belong to an address. */
const TAIL = /[.,;:!?'")\]}]+$/;

/** Splits `text` into plain parts and http(s) links; nothing else becomes a link. */
export function linkParts(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of text.matchAll(LINK)) {
    const link = withoutTail(found[0]);
    if (!URL.canParse(link)) continue;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    parts.push({ text: link, href: link });
    end = found.index + link.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Keeps closing brackets that belong to the address, as in …/Film_(medium). */
function withoutTail(link: string): string {
  const tail = TAIL.exec(link)?.[0] ?? "";
  const bare = link.slice(0, link.length - tail.length);
  return tail.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}
