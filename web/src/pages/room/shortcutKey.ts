// Which shortcut a key stands for, on any layout; pure.

import { isComposed } from "../../ui/keyAlone";

/** What of a KeyboardEvent decides. */
export type KeyPress = Pick<KeyboardEvent, "key" | "code" | "isComposing" | "keyCode">;

/** The letter on the key of a Latin keyboard at the same place. */
const LETTER_AT = /^Key([A-Z])$/;

const ARABIC_QUESTION_MARK = "\u061f";

/**
 * The key by what it writes, in small letters; where that is no Latin letter, by its place, so
 * that K plays on a Russian or Greek layout too. Empty while a character is being composed.
 */
export function shortcutKey(event: KeyPress): string {
  if (isComposed(event)) return "";
  const key = event.key.normalize("NFKC").toLowerCase();
  if (key === ARABIC_QUESTION_MARK) return "?";
  // Indian keys write marks and joined letters, and the names of other keys are all Latin.
  const isOtherLetter = /^[\p{L}\p{M}\p{Cf}]+$/u.test(key) && !/^[a-z]/.test(key);
  return (isOtherLetter && LETTER_AT.exec(event.code)?.[1]?.toLowerCase()) || key;
}
