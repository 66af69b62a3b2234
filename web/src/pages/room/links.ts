// Chat text with its links found; pure. The ends of links are those of core/links.py, which
// says why they are these; tests/vectors/pasted.json holds both to the same.

export interface Part {
  text: string;
  /** Set when the text is a web address. */
  href?: string;
}

/** Where an address does not go on: spaces, quotation marks, punctuation that is not ASCII. */
const END =
  '\\s<>"`\u00a1-\u00b6\u00b8-\u00bf\u00d7\u00f7\u2010-\u206f\u2190-\u2bff\u3000-\u3004' +
  "\u3008-\u3020\u3030\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40" +
  "\uff5b-\uff65\u{1f000}-\u{1faff}\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u06d4" +
  "\u0964\u0965\u0970\u0df4" +
  "\u0559-\u055f\u0589\u05c6\u066a-\u066d\u0700-\u070d\u07f7-\u07f9\u1360-\u1368" +
  "\u1800-\u180a\u1c7e\u1c7f\ua9c1-\ua9cd\uabeb";
/** Letters of scripts without spaces: after an ASCII one they begin the text's next word. */
const UNSPACED =
  "\u0e00-\u11ff\u1780-\u17ff\u3041-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u9fff" +
  "\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}";
const LINK = new RegExp(
  `https?://(?:\\[[0-9a-f:.]*\\])?(?:(?<![A-Za-z0-9])[${UNSPACED}]|[^${END}${UNSPACED}])*`,
  "giu",
);
/** What ends a sentence, or marks a word in Markdown, rather than an address. */
const TAIL = /[.,;:!?'*|~([{]+$/;
const OPENED_BY: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** Splits `text` into plain parts and http(s) links; nothing else becomes a link. */
export function linkParts(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  LINK.lastIndex = 0;
  for (let found = LINK.exec(text); found; found = LINK.exec(text)) {
    const link = toUnopenedBracket(found[0]).replace(TAIL, "");
    // What was cut off may have the next one in it.
    LINK.lastIndex = found.index + Math.max(link.length, 1);
    if (!URL.canParse(link)) continue;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    parts.push({ text: link, href: link });
    end = found.index + link.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Leaves brackets that belong to the address, as in …/Film_(medium). */
function toUnopenedBracket(link: string): string {
  const opened: string[] = [];
  for (let place = 0; place < link.length; place++) {
    const character = link[place] ?? "";
    if (link.startsWith("[/", place)) return link.slice(0, place);
    if ("([{".includes(character)) opened.push(character);
    const opening = OPENED_BY[character];
    if (opening && opened.pop() !== opening) return link.slice(0, place);
  }
  return link;
}
