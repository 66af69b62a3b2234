/**
 * Where a key moves from index `now` in a vertical list of `count` items; undefined for other keys.
 * Without `wraps` the result may be before the first or after the last item.
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
