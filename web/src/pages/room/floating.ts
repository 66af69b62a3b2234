// Which emoji rise over the video when a crowd reacts. Pure.

export interface Floating {
  id: string;
  emoji: string;
  /** From the edge, in per cent of the width. */
  edge: number;
  /** Milliseconds until it begins to rise. */
  delay: number;
}

/** So many at once look like a crowd; more only cost. */
const MOST = 40;
const MOST_OF_ONE_TELLING = 12;
/** They are told four times a second, and rise one after the other until the next. */
const SPREAD_MS = 250;
const WIDTH = 24;
const EDGE = 4;

/** Adds what was told last. A big crowd's emoji are shown in their proportion. */
export function floated(
  shown: readonly Floating[],
  { id, counts }: { id: number; counts: Record<string, number> },
  random: () => number,
): readonly Floating[] {
  const entries = Object.entries(counts);
  const all = entries.reduce((sum, [, count]) => sum + count, 0);
  const scale = Math.min(1, MOST_OF_ONE_TELLING / Math.max(1, all));
  const fresh = entries.flatMap(([emoji, count]) =>
    Array.from({ length: Math.max(1, Math.round(count * scale)) }, (_, at) => ({
      id: `${id} ${emoji} ${at}`,
      emoji,
      edge: EDGE + random() * WIDTH,
      delay: random() * SPREAD_MS,
    })),
  );
  return [...shown, ...fresh].slice(-MOST);
}
