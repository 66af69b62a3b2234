/** A hue for a person, the same in every room and browser: by their id, not by their name. */
export function nameHue(member: string): number {
  let hash = 0;
  for (const letter of member) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) | 0;
  // In steps, so that two hues are the same or can be told apart.
  return (((hash % 24) + 24) % 24) * 15;
}
