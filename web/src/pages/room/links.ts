// Finds links in text. Pure. Same rules as in core/links.py, which explains them.
// tests/vectors/pasted.json checks both.

export interface Part {
  text: string;
  /** Set when the text is a web address. */
  href?: string;
}

const MAX_URL_CHARACTERS = 2048;
const LOOKED_AT = MAX_URL_CHARACTERS + 1;
/** What ends an address: spaces, quotation marks, non-ASCII punctuation. */
const END =
  '(?:[\\s<>"`\u00aa\u00ad\u00b2\u00b3\u00b9\u00ba\u00bc-\u00be\u061c\u200b\u200e\u200f' +
  "\u202a-\u202e\u2060-\u206f\u2460-\u2793]|" +
  "(?![\\x00-\\x7f\u00b7\u30fb\u0f0b\u0f0c\u2100-\u214f])[\\p{P}\\p{S}])";
/**
 * Letters of scripts without spaces. Before or after a host, or after an ASCII letter, they belong
 * to the text.
 */
export const UNSPACED =
  "\u0e00-\u11ff\u1780-\u17ff\u3041-\u30fa\u30fc-\u30ff\u3130-\u318f\u3400-\u9fff" +
  "\u1c90-\u1cbf\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}";
/** Non-Latin letters, which start the next word of the text after an address of these sites. */
const OTHER =
  "\u0370-\u1dff\u1f00-\u1fff\u2c00-\u2c5f\u2c80-\ua71f\ua800-\uab2f\uab70-\ufaff" +
  "\ufb07-\ufdff\ufe70-\ufefc\uff66-\uffdc\u{10000}-\u{3ffff}";
/** ASCII letters only, because "iu" would match others too. */
const OF_SITE =
  /^(?:https?:\/\/)?(?:[a-z0-9-]+\.)*(?:youtu\.be|(?:youtube(?:-nocookie)?|ytimg|vimeo)\.com)/i;
const GOES_ON = /^[\p{L}\p{N}_.-]/u;
/** What separates the next cell of a table, or brackets of the text. */
const CELL = ",|()[\\]{}";
/** A link to one film on these sites, with its number or id. */
const FILM = new RegExp(
  "^(?:https?://)?(?!https?:)" +
    `(?:[^/]*vimeo\\.com/(?:[^${CELL}]*(?:/|[?&](?:video|clip_id)=))?(\\d+)` +
    `|[^/]*(?<!vimeo\\.com)/(?:[^${CELL}]*(?:/|[?&]vi?=))?([\\w-]{11}))(?![\\w-])` +
    `(?:[^;${CELL}]|;(?=[a-z_]+=)|[${CELL}](?=[^?/|]{0,99}&[a-z_]+=))*`,
  "i",
);
/** The extensions of video files. */
export const ENDING =
  "\\.(?:mp4|m4v|mov|qt|3gp|3g2|webm|mkv|m3u8|ts|m2t|m2ts|mts|avi|divx" +
  "|mpe?g|m2p|vob|wmv|asf|flv)";
/** A file name before such an extension. */
const FILE = new RegExp(
  `${ENDING}(?!(?<=\\.ts)[,;][^\\s,;|]{0,99}${ENDING}(?:[,;|]|$))(?=,|;(?![\\w-]+=)` +
    `|[([{](?![^\\s,;|)\\]}]{0,99}[)\\]}][^\\s,;|]{0,99}${ENDING}(?![\\w.])))`,
  "i",
);
/** A complete file name. */
export const WHOLE_FILE = new RegExp(`${ENDING}(?:#.*|;[\\w-]+=.*)?$`, "i");
/** A scheme and a host. */
export const WITH_SCHEME =
  "https?://(?!https?:)(?:\\[[0-9a-f:.]*\\])?" +
  `(?:(?!${END})(?:[^${UNSPACED}/?#]|(?<![A-Za-z0-9])[${UNSPACED}])){0,255}`;
const [REST, REST_OF_SITE] = [restWithout(UNSPACED), restWithout(OTHER)];
/**
 * Where the next link may start, unless it is part of this one, as in "?url=https://…", or where
 * the text may continue after a bracket.
 */
const BREAK = /(?<![=/:+?#&!@%])(?<!__)https?:\/\/|\[\/|[()[\]{}]/gi;
/** Characters that end a sentence or are Markdown, and do not belong to the address. */
const TAIL = ".,;:!?'*|~([{\\\u00b7\u30fb\u00ad\u200c\u200d";
const OPENED_BY: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
/** Percent-encoded spaces, quotation marks and invisible characters at the end. */
const RUBBISH = /%(?:[01][0-9a-f]|20|22|3c|3e|60|c2%a0|c2%ad|e2%80%8[b-f]|e2%80%9[cd]|ef%bb%bf)$/i;
/** Those of them that may also close something in a name. */
const PAIRED = /%(?:22|3c|3e|60|e2%80%9[c-f])/gi;
const LINK = new RegExp(WITH_SCHEME, "giu");

function restWithout(letters: string): RegExp {
  return new RegExp(`(?:(?!${END})(?:[^${letters}]|(?<![A-Za-z0-9])[${letters}]))*`, "uy");
}

/** Splits `text` into plain parts and http(s) links; nothing else becomes a link. */
export function linkParts(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const { at, link } of linksFrom(text, LINK)) {
    if (!URL.canParse(link)) continue;
    if (at > end) parts.push({ text: text.slice(end, at) });
    parts.push({ text: link, href: link });
    end = at + link.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Yields every link that starts with the pattern `beginning` (with "g"), and its position. */
export function* linksFrom(
  text: string,
  beginning: RegExp,
): Generator<{ at: number; link: string }> {
  const ends = new Map<RegExp, readonly [number, number]>();
  let at = 0;
  while (true) {
    beginning.lastIndex = at;
    const found = beginning.exec(text);
    if (!found) return;
    const start = found.index;
    const hostEnd = start + found[0].length;
    // A host is never longer than this.
    const rest = isOfSite(text.slice(start, start + 300)) ? REST_OF_SITE : REST;
    let [end, tail] = ends.get(rest) ?? [0, 0];
    if (hostEnd > end) {
      rest.lastIndex = hostEnd;
      end = hostEnd + (rest.exec(text)?.[0].length ?? 0);
      tail = trimEnd(text.slice(0, end), TAIL).length;
      ends.set(rest, [end, tail]);
    }
    const link = linkAt(text, start, end, tail);
    yield { at: start, link };
    // Continue right after the link, because the trimmed part may contain the next one.
    at = start + Math.max(link.length, 1);
    // Skip the label of a Slack link.
    if (text[start - 1] === "<" && text[at] === "|") at = Math.max(at, text.indexOf(">", at));
  }
}

/**
 * The link at `start`, which the text may end from `tail` on. Of a link that is too long, only
 * enough is read to know that, because many may start before its end.
 */
function linkAt(text: string, start: number, end: number, tail: number): string {
  const before = text.slice(Math.max(0, start - 3), start);
  const last = end - start > MAX_URL_CHARACTERS ? tail : end;
  const shown = beforeBar(text.slice(start, Math.min(last, start + LOOKED_AT)), before);
  const link = once(first(filmOf(shown)?.[0] ?? shown));
  return link.length > MAX_URL_CHARACTERS ? text.slice(start, last) : withoutTail(link, before);
}

/** A link without the next cell of a table, or Slack's label. */
function beforeBar(link: string, before: string): string {
  const bar = link.indexOf("|");
  if (bar < 0) return link;
  const bare = link.slice(0, bar);
  return !bare.includes("?") || /[<|]$/.test(before) ? bare : link;
}

/** True for sites whose links we know in detail. */
export function isOfSite(link: string): boolean {
  const site = OF_SITE.exec(link)?.[0];
  return site !== undefined && !GOES_ON.test(link.slice(site.length));
}

/** The link to one film on such a site, with its number or id, or null. */
export function filmOf(link: string): RegExpExecArray | null {
  return isOfSite(link) ? FILM.exec(link) : null;
}

/** A link without scheme and "www.", with the host in lower case. */
export function bareLink(link: string): string {
  return link
    .replace(/^(?:https?:\/\/)?(?:www\.)?/i, "")
    .replace(/^[^/]+/, (host) => host.toLowerCase());
}

function hostOf(link: string): string {
  return bareLink(link).replace(/[/?#,;].*/s, "");
}

/** A link up to the next one, or up to an unbalanced bracket, unlike in …/Film_(medium). */
function first(link: string): string {
  const opened: string[] = [];
  for (const { index, 0: mark } of link.matchAll(BREAK)) {
    if (index === 0) continue;
    if ("([{".includes(mark)) {
      opened.push(mark);
      continue;
    }
    const opening = OPENED_BY[mark];
    const isEnd = opening
      ? opened.pop() !== opening
      : mark === "[/" || isNext(link.slice(0, index), link.slice(index));
    if (isEnd) return link.slice(0, index);
  }
  return link;
}

/** True if `following`, directly after `link`, is another link or the same one again. */
function isNext(link: string, following: string): boolean {
  if (isOfSite(link) && isOfSite(following)) return true;
  if (link.includes("?")) return following.startsWith(trimEnd(link, TAIL));
  return !/[,;]$/.test(link) || hostOf(link) === hostOf(following);
}

/** A link that was pasted twice in a row, only once. */
function once(link: string): string {
  const again = link.slice(8).search(/\/https?:\/\//i);
  const first = again < 0 ? link : link.slice(0, 8 + again);
  const more = trimEnd(link.slice(first.length), "/").replace(/^\/+/, "");
  return more === "" || more === trimEnd(first, "/") ? first : link;
}

/** Removes what belongs to the text around the link. */
function withoutTail(whole: string, before: string): string {
  let link = trimEnd(whole, TAIL);
  // Remove as many as there are before the link; the others belong to the address.
  let marks = /_*$/.exec(before)?.[0].length ?? 0;
  for (; marks > 0 && link.endsWith("_"); marks--) link = trimEnd(link.slice(0, -1), TAIL);
  return link.includes("?") ? link : upToEnding(withoutRubbish(link));
}

/** Removes table cells or words directly after a file name. */
function upToEnding(link: string): string {
  const name = link.lastIndexOf("/") + 1;
  const file = FILE.exec(link.slice(name));
  if (!file) return link;
  const end = name + file.index + file[0].length;
  return WHOLE_FILE.test(link.slice(end)) ? link : link.slice(0, end);
}

/** Removes percent-encoded characters at the end that do not belong to the link. */
function withoutRubbish(whole: string): string {
  let link = whole;
  let closed = "";
  for (;;) {
    const rubbish = RUBBISH.exec(link.slice(-9))?.[0];
    if (!rubbish) break;
    if (rubbish.search(PAIRED) === 0) closed = link;
    link = trimEnd(link.slice(0, -rubbish.length), TAIL);
  }
  return closed && Array.from(link.matchAll(PAIRED)).length % 2 === 1 ? closed : link;
}

/** Removes these characters at the end. A regular expression would take quadratic time. */
export function trimEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1] ?? "")) end--;
  return text.slice(0, end);
}
