// Finds the room code in pasted text. Pure. tests/vectors/codes.json has examples.

import { readCode, unescaped } from "../../router";

/** Same letters and length as in rooms/models.py. */
const CODE = /^[2-9bcdfghjkmnpqrstvwxz]{10}$/;
/** A code within a text, in groups or not. */
const CODE_IN_TEXT =
  /(?<![a-z0-9])[2-9bcdfghjkmnpqrstvwxz](?:[^a-z0-9]{0,3}[2-9bcdfghjkmnpqrstvwxz]){9}(?![a-z0-9])/g;
/** The end of an invite link. Only "r/" is the same on every server. */
const INVITE = /(?<![a-z0-9])r\/([^\s/?#<>"&]{10,100})/g;

/** Returns the code in a text with a single code, however written, or a single invite link. */
export function roomCode(text: string): string | null {
  const plain = unescaped(text)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Cf}/gu, "");
  for (const pattern of [INVITE, CODE_IN_TEXT]) {
    const codes = Array.from(plain.matchAll(pattern), (found) => codeIn(found[1] ?? found[0]));
    const [code, ...others] = new Set(codes.filter((code) => code !== null));
    if (others.length > 0) return null;
    if (code) return code;
  }
  return codeIn(plain);
}

/** Returns the code in a part of a text that starts with it. */
function codeIn(part: string): string | null {
  const whole = readCode(part);
  if (CODE.test(whole)) return whole;
  const [first] = part.match(CODE_IN_TEXT) ?? [];
  return first && part.startsWith(first) ? readCode(first) : null;
}
