// Which video a source is.

import type { PlaybackSource } from "../protocol.gen";

/** Identifies the video: the same text for the same video. */
export function keyOf(source: PlaybackSource): string {
  const { provider, media_type, external_id, season, episode } = source;
  return JSON.stringify([provider, media_type, external_id, season, episode]);
}
