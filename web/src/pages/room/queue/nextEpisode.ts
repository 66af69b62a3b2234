// Finds the next episode, which people often add.

import type { GivenSource, QueueItem } from "../../../protocol.gen";

type Source = QueueItem["source"];

/**
 * The episode after the last one in `sources`, which are in playing order; null if there is none.
 * Only the provider knows where a season ends.
 */
export function nextEpisode(sources: readonly (Source | null)[]): GivenSource | null {
  const last = sources.findLast((source) => source?.media_type === "tv");
  if (last?.episode == null) return null;
  const { provider, media_type, external_id, season, episode } = last;
  return { provider, media_type, external_id, season: season ?? null, episode: episode + 1 };
}
