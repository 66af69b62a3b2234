/** The relevant part of a KeyboardEvent. */
type KeyPress = Pick<KeyboardEvent, "key" | "isComposing" | "keyCode">;

/**
 * The key if it is pressed alone or with Shift. Empty while composing, when keys belong to the
 * input method, and with a modifier that makes it the browser's, such as Alt and Left.
 */
export function keyAlone(event: KeyboardEvent): string {
  return isComposed(event) || isHeld(event) ? "" : event.key;
}

/** True while Ctrl, Meta, Alt or AltGr is held. */
export function isHeld(event: KeyboardEvent): boolean {
  return ["Control", "Meta", "Alt", "AltGraph"].some((key) => event.getModifierState(key));
}

/**
 * True for keys of an input method. Safari ends the composition before it reports the key that
 * ended it, but that key still has the code 229.
 */
export function isComposed(event: KeyPress): boolean {
  return event.isComposing || event.keyCode === 229 || event.key === "Process";
}
