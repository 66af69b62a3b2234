// The name of a source, and the source for a video in the library.

import { t } from "../language/t";
import type { GivenSource, QueueItem } from "../protocol.gen";

const KNOWN: Record<string, string> = {
  library: t("An uploaded video"),
  vidking: "Vidking",
  vimeo: t("A Vimeo video"),
  youtube: t("A YouTube video"),
};

const SITES: Record<string, string> = { vidking: "Vidking", vimeo: "Vimeo", youtube: "YouTube" };

/** The usual name of the site that plays a source. */
export function siteName(source: Pick<Named, "provider"> | null): string {
  return (source && SITES[source.provider]) ?? t("The video’s site");
}

/** The fields of a source from which its name is made. */
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

/** The source that plays a video of the library. */
export function librarySource(videoId: string): GivenSource {
  return { provider: "library", media_type: "movie", external_id: videoId };
}
