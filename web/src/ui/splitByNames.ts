/** Splits a text at the names in it: every second part is a name. Pure. */
export function splitByNames(text: string, names: readonly string[]): string[] {
  // The longest first, so that "Ana" does not match in "Ana Maria".
  const sought = [...names].filter(Boolean).sort((one, two) => two.length - one.length);
  if (sought.length === 0) return [text];
  const escaped = sought.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`));
}
