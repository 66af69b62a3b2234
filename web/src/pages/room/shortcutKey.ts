// Which shortcut a key stands for, on any keyboard layout. Pure.

import { isComposed } from "../../ui/keyAlone";

/** The relevant part of a KeyboardEvent. */
export type KeyPress = Pick<KeyboardEvent, "key" | "code" | "isComposing" | "keyCode">;

/** The letter at the same position on a Latin keyboard. */
const LETTER_AT = /^Key([A-Z])$/;

const ARABIC_QUESTION_MARK = "\u061f";

/**
 * The letter that the key writes, in lower case. If that is not Latin, the letter at its position
 * on a Latin keyboard, so that K also works on a Russian or Greek layout. Empty while composing.
 */
export function shortcutKey(event: KeyPress): string {
  if (isComposed(event)) return "";
  const key = event.key.normalize("NFKC").toLowerCase();
  if (key === ARABIC_QUESTION_MARK) return "?";
  // Indic layouts write marks and ligatures. The names of keys without letters are all Latin.
  const isOtherLetter = /^[\p{L}\p{M}\p{Cf}]+$/u.test(key) && !/^[a-z]/.test(key);
  return (isOtherLetter && LETTER_AT.exec(event.code)?.[1]?.toLowerCase()) || key;
}
