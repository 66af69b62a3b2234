// Which emoji rise over the video when a crowd reacts. Pure.

export interface Floating {
  id: string;
  emoji: string;
  /** From the edge, in per cent of the width. */
  edge: number;
  /** Milliseconds until it begins to rise. */
  delay: number;
}

/** The most emoji at once. More would only cost, without looking like a larger crowd. */
const MOST = 40;
const MOST_OF_ONE_TELLING = 12;
/** Reactions arrive four times a second; the emoji start one after another in between. */
const SPREAD_MS = 250;
const WIDTH = 24;
const EDGE = 4;

/** Adds the newest reactions. Those of a big crowd are reduced proportionally. */
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
