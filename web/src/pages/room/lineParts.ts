// What in a line of chat can be pressed or stands out: links, film times, mentions. Pure.

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

/** Tells whether a line calls the visitor by their name. */
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

/** In small letters, as long as it was: with and without a dot are one letter to whoever types. */
function withoutCase(text: string): string {
  return text.replace(/[Iİı]/g, "i").toLowerCase();
}

/** An "@" that begins a name: not in an address, but behind a word of a script without spaces. */
const AT = `(?:(?<=[${UNSPACED}])|(?<![\\p{L}\\p{N}]))[@\uff20]`;

/** As people type it who look for it: without case and accents. */
export function asTyped(text: string): string {
  return withoutCase(text.normalize("NFKD").replace(/\p{M}/gu, ""));
}

/** "@" and a whole name, of which the longest counts; no letter of its word may follow. */
function mentionPattern(names: readonly string[]): RegExp | null {
  const plain = names.filter((name) => name !== "").map(withoutCase);
  const longestFirst = plain.sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return null;
  const escaped = longestFirst.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  // A mark belongs to the letter before it, as the vowels of Hindi and Arabic do.
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
 * The beginning of a name after "@", just before the caret; null where nobody is mentioned.
 * After a space it is one only if a name goes on so, as "@Ana Ma" does.
 */
export function mentionBegun(
  text: string,
  caret: number,
  names: readonly string[],
): { from: number; begun: string } | null {
  const found = BEGUN.exec(text.slice(0, caret));
  const begun = found?.[1] ?? "";
  if (!found || begun.length > LONGEST_BEGUN) return null;
  const goesOn = () =>
    !begun.endsWith(" ") && names.some((name) => asTyped(name).startsWith(asTyped(begun)));
  return !/\s/.test(begun) || goesOn() ? { from: found.index, begun } : null;
}

/** Names that begin so, or have a word that does, at most five. */
export function completions(begun: string, names: readonly string[]): string[] {
  const wanted = asTyped(begun);
  const fits = (name: string) => ` ${asTyped(name)}`.includes(` ${wanted}`);
  return [...new Set(names)].filter(fits).slice(0, 5);
}
