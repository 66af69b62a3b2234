// Finds links, film times and mentions in a line of chat. Pure.

import { linkParts, UNSPACED } from "./links";

export type LinePart =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; href: string }
  /** A moment of the film, in seconds. */
  | { kind: "time"; text: string; at_s: number }
  | { kind: "mention"; text: string; you: boolean };

export interface Context {
  /** Everyone who can be mentioned. */
  names: readonly string[];
  you: string;
  /** The length of the film in seconds; null while it is not known. */
  duration: number | null;
}

const TIME = /(?<![\d:.,])(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)(?![\d:]|[.,]\d)/g;

export function lineParts(text: string, context: Context): LinePart[] {
  return linkParts(text).flatMap((part) =>
    part.href
      ? [{ kind: "link" as const, text: part.text, href: part.href }]
      : withMentions(part.text, context),
  );
}

/** Tells whether a line mentions the visitor. */
export function mentions(text: string, you: string): boolean {
  const parts = lineParts(text, { names: [you], you, duration: null });
  return parts.some((part) => part.kind === "mention");
}

function withMentions(text: string, context: Context): LinePart[] {
  const found = mentionPattern(context.names);
  if (found === null) return withTimes(text, context);
  const parts: LinePart[] = [];
  let end = 0;
  for (const { 0: plain, index } of withoutCase(text).matchAll(found)) {
    parts.push(...withTimes(text.slice(end, index), context));
    end = index + plain.length;
    const you = plain.slice(1) === withoutCase(context.you);
    parts.push({ kind: "mention", text: text.slice(index, end), you });
  }
  return [...parts, ...withTimes(text.slice(end), context)];
}

/** In lower case, with the same length; treats the Turkish dotted and dotless i alike. */
function withoutCase(text: string): string {
  return text.replace(/[Iİı]/g, "i").toLowerCase();
}

/** An "@" that starts a name: not inside an address, but allowed after scripts without spaces. */
const AT = `(?:(?<=[${UNSPACED}])|(?<![\\p{L}\\p{N}]))[@\uff20]`;

/** Without case and accents, as people type it when they search. */
export function asTyped(text: string): string {
  return withoutCase(text.normalize("NFKD").replace(/\p{M}/gu, ""));
}

/** Matches "@" and a whole name, the longest possible, not followed by another letter. */
function mentionPattern(names: readonly string[]): RegExp | null {
  const plain = names.filter((name) => name !== "").map(withoutCase);
  const longestFirst = plain.sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return null;
  const escaped = longestFirst.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  // A combining mark belongs to the letter before it, as vowels do in Hindi and Arabic.
  const end = `(?!\\p{M})(?:(?=[${UNSPACED}])|(?![\\p{L}\\p{N}]))`;
  return new RegExp(`${AT}(?:${escaped.join("|")})${end}`, "gu");
}

function withTimes(text: string, { duration }: Context): LinePart[] {
  return split(text, TIME, ([whole, hours, minutes, seconds]) => {
    const at_s = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
    const isMoment = duration !== null && at_s <= duration && !(hours && Number(minutes) > 59);
    return isMoment ? { kind: "time", text: whole, at_s } : { kind: "text", text: whole };
  });
}

function split(
  text: string,
  pattern: RegExp,
  made: (match: RegExpExecArray) => LinePart,
): LinePart[] {
  const parts: LinePart[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push({ kind: "text", text: text.slice(end, match.index) });
    parts.push(made(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}

const BEGUN = new RegExp(`${AT}([^@\uff20\n]*)$`, "u");
const LONGEST_BEGUN = 40;

/**
 * The start of a name after "@", directly before the caret, or null. It may contain a space only if
 * some name continues like that, as in "@Ana Ma".
 */
export function mentionBegun(
  text: string,
  caret: number,
  names: readonly string[],
): { from: number; begun: string } | null {
  const found = BEGUN.exec(text.slice(0, caret));
  const begun = found?.[1] ?? "";
  if (!found || begun.length > LONGEST_BEGUN) return null;
  const continues = () =>
    !begun.endsWith(" ") && names.some((name) => asTyped(name).startsWith(asTyped(begun)));
  return !/\s/.test(begun) || continues() ? { from: found.index, begun } : null;
}

/** At most five names that start with `begun`, or have a word that does. */
export function completions(begun: string, names: readonly string[]): string[] {
  const wanted = asTyped(begun);
  const fits = (name: string) => ` ${asTyped(name)}`.includes(` ${wanted}`);
  return [...new Set(names)].filter(fits).slice(0, 5);
}
