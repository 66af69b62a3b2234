// Decodes a subtitle file in any common encoding.
//
// media/isolated/subtitles/decoding.py does the same, but with a larger table than pages should
// load, and with DOS encodings, which browsers do not know.

/**
 * The share of non-ASCII characters that may be invalid in UTF-8. In a file of another encoding,
 * two thirds are.
 */
const BROKEN_SHARE = 0.3;
/**
 * Signs of a wrong encoding, which no words have: a symbol between letters, Greek or Cyrillic
 * letters next to Latin ones, three accented letters in a row, a capital after a small letter.
 */
const ODD =
  /(?<=\p{L})[\u00a1-\u00bf\u00d7\u00f7\u02c6-\u02dd\u201a-\u2022\u2030-\u203a\u20ac-\u2122\u2500-\u25ff](?=\p{L})|\p{Ll}(?=\p{Lu})|[a-zA-Z](?=[\u0370-\u1dff])|[\u0370-\u1dff](?=[a-zA-Z])|[\u00c0-\u024f]{3}|[\ufffd\x80-\x9f]/gu;
/** The factor by which each sign makes an encoding less likely. */
const ODDITY = 0.5;
/** The most common encoding, which is likelier if the text has only letters common in it. */
const USUAL = "windows-1252";
const USUAL_GAIN = 1.1;
/** Its letters from 0x80 on; it has none where there is a control character. */
const NOT_LATIN_1 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";
const USUAL_TEXT =
  /^[\0-\x7fàâäáãåæçèéêëìíîïñòóôöøœùúûüßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØŒÙÚÛÜ¿¡«»“”„…—£€§°\u2018\u2019\u2013]*$/;
/** Its confidence, of 100, if nothing points to it. */
const USUAL_CONFIDENCE = 10;
/** The signs with which ISO-2022-JP, which has only ASCII bytes, switches to Japanese letters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with an escape character.
const SWITCHED = /\x1b(?:\$[@B]|\([IJ])/;
const TELLING_BYTES = 32_768;
const SAMPLE_BYTES = 4096;
const LINE_FEED = 0x0a;

/** Decodes by byte order mark, as UTF-8, or by a guess. */
export async function decoded(bytes: Uint8Array): Promise<string> {
  return tidy(await textOf(bytes));
}

async function textOf(bytes: Uint8Array): Promise<string> {
  const wide = byteOrder32(bytes);
  if (wide !== null) return fromUtf32(bytes, wide);
  const encoding = marked(bytes) ?? unmarkedOrder(bytes);
  if (encoding !== null) return new TextDecoder(encoding).decode(bytes);
  const text = new TextDecoder().decode(bytes);
  if (SWITCHED.test(text) && isAscii(text)) return new TextDecoder("iso-2022-jp").decode(bytes);
  // It is still UTF-8 if only a few bytes are damaged.
  if (brokenShare(text) <= BROKEN_SHARE) return onceEncoded(text);
  return decodedAs(await guessed(nonAsciiLines(bytes)), bytes);
}

/** Undoes that UTF-8 was taken for windows-1252 and encoded again ("Ã©" for "é"). */
function onceEncoded(text: string): string {
  if (isAscii(text)) return text;
  const bytes = Array.from(text, (letter) => {
    const at = NOT_LATIN_1.indexOf(letter);
    return at < 0 ? (letter.codePointAt(0) ?? 0) : at + 0x80;
  });
  if (bytes.some((byte) => byte > 0xff)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    // Its letters follow each other as in words.
    return text;
  }
}

/** The likeliest encoding, by its letters and the signs of a wrong one. */
async function guessed(sample: Uint8Array): Promise<string> {
  const { analyse } = await import("chardet");
  const guesses = analyse(sample).map(({ name, confidence }): [string, number] => [
    name === "ISO-8859-1" ? USUAL : name,
    confidence,
  ]);
  if (!guesses.some(([name]) => name === USUAL)) guesses.push([USUAL, USUAL_CONFIDENCE]);
  const likely = guesses.map(([name, confidence]): [string, number] => {
    const text = decodedAs(name, sample);
    const odd = text.match(ODD)?.length ?? 0;
    const gain = name !== USUAL ? 1 : USUAL_TEXT.test(text) ? USUAL_GAIN : 0.99;
    return [name, Math.log(Math.max(confidence, 1) * gain) + odd * Math.log(ODDITY)];
  });
  return likely.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

function tidy(text: string): string {
  let end = text.length;
  // Some programs fill up files with NULs, and DOS ended texts with the other one.
  while (end > 0 && "\0\x1a".includes(text.charAt(end - 1))) end--;
  // A byte order mark inside the text comes from concatenated files.
  const whole = text.slice(0, end).replaceAll("\0", "\ufffd").replaceAll("\ufeff", "");
  return whole.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
}

/** Returns whether a UTF-32 byte order mark says little-endian; null if there is none. */
function byteOrder32([a, b, c, d]: Uint8Array): boolean | null {
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return true;
  return a === 0 && b === 0 && c === 0xfe && d === 0xff ? false : null;
}

/** Decodes UTF-32, for which browsers have no decoder. */
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

/** Recognises UTF-16 without a mark by the NUL bytes next to digits and line ends. */
function unmarkedOrder(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const [even, odd] = [0, 1].map(
    (half) => sample.filter((byte, at) => byte === 0 && at % 2 === half).length,
  ) as [number, number];
  const most = Math.max(even, odd);
  if (most <= sample.length / 20 || most <= 3 * Math.min(even, odd)) return null;
  return odd > even ? "utf-16le" : "utf-16be";
}

/** The first lines with non-ASCII letters, because times and tags do not reveal the encoding. */
function nonAsciiLines(bytes: Uint8Array): Uint8Array {
  const kept = new Uint8Array(bytes.length);
  let length = 0;
  let start = 0;
  while (start < bytes.length && length < TELLING_BYTES) {
    const end = bytes.indexOf(LINE_FEED, start) + 1 || bytes.length;
    const line = bytes.subarray(start, end);
    if (line.some((byte) => byte > 0x7f)) {
      kept.set(line, length);
      length += line.length;
    }
    start = end;
  }
  // The whole file may be a single line.
  return kept.subarray(0, Math.min(length, TELLING_BYTES));
}

/** Decodes, although browsers do not know all guessed encodings. */
function decodedAs(encoding: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

function brokenShare(text: string): number {
  const letters = text.match(/[^\0-\x7f]/gu)?.length ?? 0;
  const broken = text.match(/\ufffd/g)?.length ?? 0;
  return broken / Math.max(letters, 1);
}
