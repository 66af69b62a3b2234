/**
 * Where a key leads from place `now` in a list of `count` from top to bottom; undefined for other
 * keys. Without `wraps` it may lead to before the first place, or behind the last.
 */
export function stepTo(
  key: string,
  now: number,
  count: number,
  { wraps = false } = {},
): number | undefined {
  const to = { ArrowUp: now - 1, ArrowDown: now + 1, Home: 0, End: count - 1 }[key];
  return to !== undefined && wraps ? (to + count) % count : to;
}
