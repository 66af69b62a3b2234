// Short texts as the server keeps them; pure. core/text.py says why these rules are so.

/** Nothing is drawn for them, though they are no spaces. */
const UNSEEN = String.raw`\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{16fe4}\u{1d159}`;
const CONTROLS = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/gu;
const LINE_ENDS_AND_TABS = /[\t\n\v\f\r\x85\u2028\u2029]/g;
/** No language has more than thirty on a letter. */
const TOO_MANY_MARKS = /(\p{M}{30})\p{M}+/gu;
/** A mark alone is drawn on nothing. */
const NOTHING_TO_SEE = new RegExp(`^[\\s\\p{M}${UNSEEN}]*$`, "u");
/** Belongs to what stands before it: marks, joiners, the colours of emoji skin. */
const JOINS = new RegExp(`^[\\p{M}\\u{1f3fb}-\\u{1f3ff}${UNSEEN}]$`, "u");
const FLAG_LETTER = /^[\u{1f1e6}-\u{1f1ff}]$/u;

/** One clean line of what a machine wrote; "" when nothing of it is seen. */
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

/** The first `atMost` code points of `text`, without half a character at their end. */
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
