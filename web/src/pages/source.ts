// The name of a source, and the source of an uploaded video.

import { t } from "../language/t";
import { api } from "../net/api";
import type { PlaybackSource, QueueItem } from "../protocol.gen";

const KNOWN: Record<string, string> = {
  library: t("An uploaded video"),
  vidking: "Vidking",
  vimeo: t("A Vimeo video"),
  youtube: t("A YouTube video"),
};

const SITES: Record<string, string> = { vidking: "Vidking", vimeo: "Vimeo", youtube: "YouTube" };

/** The name of the site that plays a source, as people know it. */
export function siteName(source: Pick<Named, "provider"> | null): string {
  return (source && SITES[source.provider]) ?? t("The video’s site");
}

/** The part of a source that its name is made from. */
type Named = Pick<QueueItem["source"], "provider" | "media_type" | "season" | "episode">;

/** "A YouTube video", "Vidking, season 2, episode 5". */
export function sourceLabel(source: Named | null): string {
  if (!source) return t("No video yet");
  const name = KNOWN[source.provider] ?? source.provider;
  if (source.media_type !== "tv") return name;
  return t("{{name}}, season {{season}}, episode {{episode}}", {
    name,
    season: source.season,
    episode: source.episode,
  });
}

/** The source that plays an uploaded video. */
export async function librarySource(videoId: string): Promise<PlaybackSource> {
  const providers = await api.providers();
  const library = providers.find(({ provider }) => provider === "library");
  if (!library) throw new Error("The server has no library.");
  const { provider, supports_events, supports_progress, capabilities } = library;
  return {
    provider,
    media_type: "movie",
    external_id: videoId,
    season: null,
    episode: null,
    supports_events,
    supports_progress,
    capabilities,
  };
}
