// Finds the links in pasted text, with the same rules as core/links.py. Pure.

import {
  bareLink,
  ENDING,
  filmOf,
  isOfSite,
  linksFrom,
  trimEnd,
  UNSPACED,
  WHOLE_FILE,
  WITH_SCHEME,
} from "../links";
import { repairedText, withoutEntities } from "./pasted";

const LETTER = `(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}]`;
const LABEL = `${LETTER}(?:(?:${LETTER}|-){0,61}${LETTER})?`;
const TOP = `(?:xn--[a-z0-9-]{2,59}|(?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{Nl}\\p{No}]){2,63})`;
const HOST = `(?:(?:${LABEL}\\.)+${TOP}|localhost|(?:[0-9]{1,3}\\.){3}[0-9]{1,3})`;
const NOT_IN_WORD = `(?:(?<=[${UNSPACED}])|(?<![\\p{L}\\p{M}\\p{N}_@/.=&?#%\\\\-]))`;
const BEGINNING = new RegExp(
  `${WITH_SCHEME}|${NOT_IN_WORD}(?:${HOST}(?::[0-9]+)?(?=/)|www\\.${HOST})`,
  "giu",
);
const ALONE = new RegExp(
  `^(?://)?(?:${HOST}|\\[[0-9a-f:.]+\\]|(?:[-\\p{L}\\p{M}\\p{N}_]+\\.)+[\\p{L}\\p{M}\\p{Nl}\\p{No}]{2,63})(?::[0-9]+)?(?:[/?#][^\\n]*)?$`,
  "iu",
);
const SITE = /^https?:\/\/[^\s/]+\//i;
/** The first possible file extension in the last word. */
const LAST_WORD = new RegExp(`^[^\\s<>"]*?[^\\s./]${ENDING}(?![^?#])`, "i");
const DESCRIBED = new RegExp(
  `^(https?://[^\\n]*${ENDING})(?=[ \u00a0]+[-\u2013\u2014|([]|\\t|[,;|](?=\\S))`,
  "i",
);
const QUOTED = new RegExp(
  "(?<=\")https?://[^\"\\n]*(?=\")|(?<=')https?://[^'\\n]*(?=')|(?<=<)https?://[^<>|\\n]*(?=>)" +
    "|(?<=[\u201c\u201d\u201e])https?://[^\u201c\u201d\\n]*(?=[\u201c\u201d])" +
    "|(?<=\u00ab)https?://[^\u00bb\\n]*(?=\u00bb)",
  "gi",
);
const PIECE_END = /(\n|\s(?=https?:\/\/))/i;
const OF_LIST = /^(?:[-*+\u2022\u2013\u2014]|[0-9]{1,3}[.):]|)$/;
const BROKEN = new RegExp(
  `(?<![^\\s(<"'])h{0,2}[tx]{1,3}p(s?)s?(?:[:;]{1,2}/{1,3}|/{2,3})(?=${HOST}|\\[)`,
  "giu",
);
const TORRENT = /((?:https?:\/\/|www\.)[^\s<>"'|,;()[\]{}]+)|\bmagnet:\?\S+/gi;
const TAG = /<(iframe|embed|video|source)\b([^<>]*)/gi;
const ANCHOR = /<(a)\b([^<>]*)/gi;
const ADDRESS = /\s(?:src|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;
const START = /[?&#](?:t|start|time_continue)=/;

/**
 * "a https://x.org/1, https://x.org/2" → both links. A text with fewer → the text itself, in which
 * the server finds the link or says what is wrong.
 */
export function linksIn(text: string): string[] {
  const links = findLinks(text);
  const whole = text.trim();
  if (links.length > 1) return links;
  return whole ? [whole] : [];
}

/** Every link in `text`, without duplicates. */
export function findLinks(text: string): string[] {
  const seen = repairedText(text)
    .replace(BROKEN, (scheme, secure: string) =>
      /^https?:\/\/$/i.test(scheme) ? scheme : `http${secure.toLowerCase()}://`,
    )
    .replace(TORRENT, "$1");
  const links = everyLink(seen);
  return different(links.length === 0 && ALONE.test(seen) ? linksOf(withScheme(seen)) : links);
}

/** Every link; if the text is a single file address, with the spaces in its name. */
function everyLink(text: string): string[] {
  const links: string[] = [];
  let others = "";
  let before = "";
  const quoted = text.replace(QUOTED, (file) => (isCut(file) ? file.replaceAll(" ", "%20") : file));
  const pieces = quoted.split(PIECE_END);
  for (let at = 0; at < pieces.length; at += 2) {
    const piece = pieces[at] ?? "";
    const end = pieces[at + 1] ?? "";
    const file = piece.trim();
    const cut = OF_LIST.test(before.trim()) ? cutFile(file) : null;
    if (cut) {
      links.push(...linksOf(others), cut.replaceAll(" ", "%20"));
      others = file.slice(cut.length) + end;
    } else others += piece + end;
    before = end === "\n" || /^https?:\/\//i.test(file) ? "" : before + piece;
  }
  return [...links, ...linksOf(others)];
}

/** The file address at the start of `text`, if the link found there is only a part of it. */
function cutFile(text: string): string | null {
  if (isCut(text)) return text;
  const described = DESCRIBED.exec(text)?.[1];
  return described && isCut(described) ? described : null;
}

/** True for a file address if the link found in it is only a part of it. */
function isCut(text: string): boolean {
  if (!isFileAlone(text) || isOfSite(text) || text.split("://").length > 2) return false;
  const link = linksOf(text).join("");
  return text.startsWith(link) && !link.includes("?") && !WHOLE_FILE.test(link);
}

/** True if the whole text is one file address, with or without spaces in its name. */
function isFileAlone(text: string): boolean {
  const site = SITE.exec(text)?.[0];
  if (!site) return false;
  const name = text.slice(site.length);
  const [words = ""] = /^[^\t\n<>"]*/.exec(name) ?? [];
  const last = name.slice(words.length - (words.split(/\s/).at(-1)?.length ?? 0));
  return !/\s/.test(last) && LAST_WORD.test(last);
}

function linksOf(text: string): string[] {
  const plain = withoutEntities(text);
  for (const markup of new Set([text, plain]))
    for (const tag of [TAG, ANCHOR]) {
      const links = inTags(tag, markup);
      if (links.length > 0) return links;
    }
  const found = Array.from(linksFrom(plain, BEGINNING), ({ link }) => link);
  const whole = found.filter((link) => link.includes("://")).map(bareLink);
  if (whole.length === 0) return found;
  whole.sort(inOrder);
  const hosts = new Set(whole.filter((link) => link.includes("/")).map(hostBefore));
  return found.filter((link) => link.includes("://") || isOne(link, whole, hosts));
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The part before the first slash. */
function hostBefore(bare: string): string {
  return bare.replace(/\/.*/s, "");
}

/**
 * True if a text without a scheme is a link, because the `whole` (sorted) links or their `hosts`
 * suggest so; false for "Dr.Who/BBC".
 */
function isOne(link: string, whole: readonly string[], hosts: ReadonlySet<string>): boolean {
  const bare = bareLink(link);
  if (hostBefore(bare).length >= bare.length - 1) return false;
  if (isOfSite(link)) return !firstFrom(whole, bare).startsWith(bare);
  return /^www\./i.test(link) || hosts.has(hostBefore(bare));
}

/** The first of `texts` (sorted) that is not less than `text`; "" if there is none. */
function firstFrom(texts: readonly string[], text: string): string {
  let [from, to] = [0, texts.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((texts[middle] ?? "") < text) from = middle + 1;
    else to = middle;
  }
  return texts[from] ?? "";
}

/** The addresses in such tags; for a film in several formats, only the first. */
function inTags(tag: RegExp, markup: string): string[] {
  const links: string[] = [];
  let isNamed = false;
  for (const [, name = "", attributes = ""] of markup.matchAll(tag)) {
    const isSource = name.toLowerCase() === "source";
    isNamed &&= isSource;
    const [, ...values] = ADDRESS.exec(attributes) ?? [];
    const link = withoutEntities(values.join("")).trim().replaceAll(" ", "%20");
    if (!/^(?:https?:)?\/\//i.test(link) && !ALONE.test(link)) continue;
    if (!isNamed) links.push(link);
    isNamed = isSource || name.toLowerCase() === "video";
  }
  return links;
}

/** Adds missing schemes, and keeps the most detailed of links to the same target. */
function different(links: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const link of links.map(withScheme)) {
    const address = link.slice(link.indexOf("://") + 3).replace(/#a?t=.*/, "");
    const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(address) ?? [];
    const [, host = "", page = ""] = /^([^/]*)\/?(.*)$/s.exec(path) ?? [];
    const same =
      filmOf(link)?.slice(1).join() ?? JSON.stringify([bareLink(host), trimEnd(page, "/"), query]);
    if (detail(link) > detail(found.get(same) ?? "")) found.set(same, link);
  }
  return [...found.values()];
}

/** How much detail a link has; a start time counts most. */
function detail(link: string): number {
  return link.length + (START.test(link) ? 9999 : 0);
}

function withScheme(link: string): string {
  if (link.startsWith("//")) return `https:${link}`;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(link) ? link : `https://${link}`;
}
