// The text of a file in any common encoding. media/subtitles_child.py does the same.

/** How much of what is not ASCII may be broken in UTF-8. Of other encodings two thirds are. */
const BROKEN_SHARE = 0.3;
/** In another script's encoding there are more letters for which it has no sign. */
const GUESSED_BROKEN_SHARE = 0.01;
const SAMPLE_BYTES = 4096;
const LINE_FEED = 0x0a;

/** Reads it by its mark, as UTF-8, or by a guess. */
export async function decoded(bytes: Uint8Array): Promise<string> {
  return tidy(await textOf(bytes));
}

async function textOf(bytes: Uint8Array): Promise<string> {
  const wide = byteOrder32(bytes);
  if (wide !== null) return fromUtf32(bytes, wide);
  const encoding = marked(bytes) ?? unmarkedOrder(bytes);
  if (encoding !== null) return new TextDecoder(encoding).decode(bytes);
  const text = new TextDecoder().decode(bytes);
  // A few bytes that got lost or came in on the way make no other encoding of it.
  if (brokenShare(text) <= BROKEN_SHARE) return text;
  const { analyse } = await import("chardet");
  const [first = "windows-1252", ...others] = analyse(telling(bytes)).map(({ name }) => name);
  for (const guess of [first, ...others]) {
    const guessed = decodedAs(guess, bytes);
    if (brokenShare(guessed) <= GUESSED_BROKEN_SHARE) return guessed;
  }
  return decodedAs(first, bytes);
}

function tidy(text: string): string {
  // A mark within the text comes from files that were put one after the other.
  const whole = text.replaceAll("\0", "\ufffd").replaceAll("\ufeff", "");
  return whole.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
}

/** Tells whether the file has the mark of UTF-32, and is little-endian; null without one. */
function byteOrder32([a, b, c, d]: Uint8Array): boolean | null {
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return true;
  return a === 0 && b === 0 && c === 0xfe && d === 0xff ? false : null;
}

/** Browsers have no decoder for it. */
function fromUtf32(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const letters: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const point = view.getUint32(at, littleEndian);
    letters.push(point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point));
  }
  return letters.join("");
}

function marked([first, second, third]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : null;
}

/** Tells UTF-16 by its digits and line ends, of which every other byte is a NUL. */
function unmarkedOrder(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const [even, odd] = [0, 1].map(
    (half) => sample.filter((byte, at) => byte === 0 && at % 2 === half).length,
  ) as [number, number];
  const most = Math.max(even, odd);
  if (most <= sample.length / 20 || most <= 3 * Math.min(even, odd)) return null;
  return odd > even ? "utf-16le" : "utf-16be";
}

/** The lines with letters that are not ASCII: times and tags say nothing about the encoding. */
function telling(bytes: Uint8Array): Uint8Array {
  const kept = new Uint8Array(bytes.length);
  let length = 0;
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(LINE_FEED, start) + 1 || bytes.length;
    const line = bytes.subarray(start, end);
    if (line.some((byte) => byte > 0x7f)) {
      kept.set(line, length);
      length += line.length;
    }
    start = end;
  }
  return kept.subarray(0, length);
}

/** Some encodings that are guessed are none that browsers know. */
function decodedAs(encoding: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function brokenShare(text: string): number {
  const letters = text.match(/[^\0-\x7f]/gu)?.length ?? 0;
  const broken = text.match(/\ufffd/g)?.length ?? 0;
  return broken / Math.max(letters, 1);
}
