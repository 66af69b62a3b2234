/** A hue for a person or a film, the same in every browser: by their id, not by their name. */
export function nameHue(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) | 0;
  // Mixed, so that ids that are nearly the same get different hues.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  // In steps, so that two hues are the same or can be told apart.
  return (((hash % 24) + 24) % 24) * 15;
}
