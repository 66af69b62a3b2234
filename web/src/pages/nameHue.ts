/** A hue for a person or a film, derived from the id, so that it is the same in every browser. */
export function nameHue(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) | 0;
  // Mix the bits, so that similar ids get different hues.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  // Use steps, so that two different hues can be told apart.
  return (((hash % 24) + 24) % 24) * 15;
}
