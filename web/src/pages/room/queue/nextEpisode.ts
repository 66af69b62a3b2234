// The episode after one, which is what people mostly add next.

import type { GivenSource, QueueItem } from "../../../protocol.gen";

/** Null when `source` is no episode. Where a season ends only its provider knows. */
export function nextEpisode(source: QueueItem["source"] | null): GivenSource | null {
  if (source?.media_type !== "tv" || source.episode == null) return null;
  const { provider, media_type, external_id, season, episode } = source;
  return { provider, media_type, external_id, season: season ?? null, episode: episode + 1 };
}
