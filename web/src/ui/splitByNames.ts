/** Cuts a text around the names in it: what is at an odd place is a name. Pure. */
export function splitByNames(text: string, names: readonly string[]): string[] {
  // The longest first: "Ana" is not to be found in "Ana Maria".
  const sought = [...names].filter(Boolean).sort((one, two) => two.length - one.length);
  if (sought.length === 0) return [text];
  const escaped = sought.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`));
}
