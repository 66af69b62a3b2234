// The episode after one, which is what people mostly add next.

import type { GivenSource, QueueItem } from "../../../protocol.gen";

type Source = QueueItem["source"];

/**
 * The one after the last episode of `sources`, which are in the order in which they play; null
 * without any. Where a season ends only its provider knows.
 */
export function nextEpisode(sources: readonly (Source | null)[]): GivenSource | null {
  const last = sources.findLast((source) => source?.media_type === "tv");
  if (last?.episode == null) return null;
  const { provider, media_type, external_id, season, episode } = last;
  return { provider, media_type, external_id, season: season ?? null, episode: episode + 1 };
}
