// Cleans short texts in the same way as the server. Pure. core/text.py explains the rules.

/** Invisible characters that are not spaces. */
const UNSEEN = String.raw`\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{16fe4}\u{1d159}`;
const CONTROLS = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/gu;
const LINE_ENDS_AND_TABS = /[\t\n\v\f\r\x85\u2028\u2029]/g;
/** No language has more than thirty marks on a letter. */
const TOO_MANY_MARKS = /(\p{M}{30})\p{M}+/gu;
/** Nothing visible: combining marks without a letter do not count. */
const NOTHING_TO_SEE = new RegExp(`^[\\s\\p{M}${UNSEEN}]*$`, "u");
/** Belongs to the character before it: marks, joiners, skin tones. */
const JOINS = new RegExp(`^[\\p{M}\\u{1f3fb}-\\u{1f3ff}${UNSEEN}]$`, "u");
const FLAG_LETTER = /^[\u{1f1e6}-\u{1f1ff}]$/u;

/** One clean line of machine-written text; "" if nothing in it is visible. */
export function tidyLine(text: string, atMost: number): string {
  const clean = text
    .replace(LINE_ENDS_AND_TABS, " ")
    .replace(CONTROLS, "")
    .replace(TOO_MANY_MARKS, "$1")
    .normalize("NFC");
  const line = clean
    .split(/\p{Zs}+/u)
    .filter((word) => word)
    .join(" ");
  return NOTHING_TO_SEE.test(line) ? "" : cut(line, atMost);
}

/** The first `atMost` code points of `text`, without half a character at the end. */
export function cut(text: string, atMost: number): string {
  const points = [...text];
  if (points.length <= atMost) return text;
  let end = atMost;
  while (end > 0 && (JOINS.test(points[end] ?? "") || points[end - 1] === "\u200d")) end -= 1;
  // Two letters make a flag.
  const isFlag = (at: number) => FLAG_LETTER.test(points[at] ?? "");
  let letters = 0;
  while (isFlag(end - 1 - letters)) letters += 1;
  if (letters % 2 === 1 && isFlag(end)) end -= 1;
  return points
    .slice(0, end || atMost)
    .join("")
    .trimEnd();
}
