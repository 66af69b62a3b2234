/** What of a KeyboardEvent decides. */
type KeyPress = Pick<KeyboardEvent, "key" | "isComposing" | "keyCode">;

/**
 * The key, where it is pressed alone or with Shift. Empty while a character is composed, whose
 * keys are the input method's, and with a key held that makes it the browser's, as Alt and Left.
 */
export function keyAlone(event: KeyboardEvent): string {
  return isComposed(event) || isHeld(event) ? "" : event.key;
}

/** True while Ctrl, Meta, Alt or AltGr is held. */
export function isHeld(event: KeyboardEvent): boolean {
  return ["Control", "Meta", "Alt", "AltGraph"].some((key) => event.getModifierState(key));
}

/**
 * True for the keys of an input method. Safari ends the composing before it tells of the key
 * that ended it; that key has the code 229 all the same.
 */
export function isComposed(event: KeyPress): boolean {
  return event.isComposing || event.keyCode === 229 || event.key === "Process";
}
