const MOST = 10;
const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A name cut to what a phone has space for. With `text-overflow` a gap would follow the "…". */
export function shortName(name: string): string {
  const all = [...letters.segment(name)];
  if (all.length <= MOST) return name;
  const kept = all.slice(0, MOST - 1).map(({ segment }) => segment);
  return `${kept.join("").trimEnd()}…`;
}
