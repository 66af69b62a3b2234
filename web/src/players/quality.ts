// Which version of a film a viewer gets, and which ones they may choose.

import { t } from "../language/t";
import type { Playable, PlayableRendition, VideoPlayback } from "../rest.gen";
import type { Choice } from "./choices";

/** The best for the connection, the original file, or the height of the picture. */
export type Quality = "auto" | "original" | number;

const HLS = "application/vnd.apple.mpegurl";

/** Returns how a library video is played if the viewer has not chosen. */
export function playableOf(video: VideoPlayback): Playable {
  const { playback_url: url, expires_at, mime_type, renditions, subtitles, storyboard_url } = video;
  // `only_where` is null, because the page asks the browser before it requests a link.
  const rest = { title: null, only_where: null, subtitles, storyboard_url };
  return { kind: kindOf(mime_type), url, expires_at, mime_type, renditions, ...rest };
}

/** Returns how `playable` is played in `quality`, or the default if it is not available. */
export function inQuality(playable: Playable, quality: Quality): Playable {
  const way = wayTo(playable, quality);
  if (!way) return playable;
  const { url, mime_type } = way;
  return { ...playable, kind: kindOf(mime_type), url, mime_type };
}

/**
 * Returns how `playable` is played by this browser. If it cannot play the original file, it gets
 * the converted copy, as far as that exists. `plays` tells whether it plays a media type.
 */
export function forThisBrowser(
  playable: Playable,
  plays: (mediaType: string) => boolean,
): Playable {
  const { only_where: where, renditions } = playable;
  const copy = renditions.find(({ kind }) => kind === "hls");
  if (!where || !copy || plays(where.media_type)) return playable;
  const { url, mime_type } = copy;
  return { ...playable, kind: kindOf(mime_type), url, mime_type, only_where: null, renditions: [] };
}

/** The height that an HLS player should be limited to; null means automatic. */
export function linesOf(quality: Quality): number | null {
  return typeof quality === "number" ? quality : null;
}

/**
 * What a viewer may choose, the best first; empty if only the player knows. `plays` tells whether
 * this browser plays a media type.
 */
export function qualitiesOf(
  { renditions }: Playable,
  plays: (mediaType: string) => boolean,
): Quality[] {
  const original = renditions.find(({ kind }) => kind === "original");
  const stream = renditions.find(({ kind }) => kind === "hls");
  // A copy that is still being converted has no sizes to choose from.
  if (!stream?.sizes.length) return [];
  const has = original && (original.media_type === null || plays(original.media_type));
  return ["auto", ...(has ? (["original"] as const) : []), ...stream.sizes.toReversed()];
}

/** The choices of a menu. `auto` is what the player calls its own choice, such as "Auto (720p)". */
export function choicesOf(
  qualities: readonly Quality[],
  chosen: Quality,
  auto: string | undefined,
  choose: (quality: Quality) => void,
): Choice[] {
  return qualities.map((quality) => ({
    label: labelOf(quality, auto),
    checked: quality === chosen,
    choose: () => choose(quality),
  }));
}

function labelOf(quality: Quality, auto: string | undefined): string {
  if (quality === "auto") return auto ?? t("Auto");
  return quality === "original" ? t("Original") : `${quality}p`;
}

function wayTo({ renditions }: Playable, quality: Quality): PlayableRendition | undefined {
  if (quality === "auto") return undefined;
  return renditions.find(({ kind }) => kind === (quality === "original" ? "original" : "hls"));
}

function kindOf(mimeType: string): "hls" | "file" {
  return mimeType === HLS ? "hls" : "file";
}
