// Which of the ways to play a film a viewer gets, and which they may choose.

import { t } from "../language/t";
import type { Playable, PlayableRendition, VideoPlayback } from "../rest.gen";
import type { Choice } from "./choices";

/** The best for the line, the file as it came, or a picture of so many lines. */
export type Quality = "auto" | "original" | number;

const HLS = "application/vnd.apple.mpegurl";

/** Returns how a video of the library is played for whoever has not chosen. */
export function playableOf(video: VideoPlayback): Playable {
  const { playback_url: url, expires_at, mime_type, renditions, subtitles, storyboard_url } = video;
  // The page asks the browser before it asks for a link.
  const rest = { title: null, only_where: null, subtitles, storyboard_url };
  return { kind: kindOf(mime_type), url, expires_at, mime_type, renditions, ...rest };
}

/** Returns how `playable` is played in `quality`; by default where it has no such. */
export function inQuality(playable: Playable, quality: Quality): Playable {
  const way = wayTo(playable, quality);
  if (!way) return playable;
  const { url, mime_type } = way;
  return { ...playable, kind: kindOf(mime_type), url, mime_type };
}

/**
 * Returns how `playable` is played by a browser that may not play the file as it came: then by the
 * copy that is being made, as far as there is one. `plays` says whether it plays a media type.
 */
export function playedHere(playable: Playable, plays: (mediaType: string) => boolean): Playable {
  const { only_where: where, renditions } = playable;
  const copy = renditions.find(({ kind }) => kind === "hls");
  if (!where || !copy || plays(where.media_type)) return playable;
  const { url, mime_type } = copy;
  return { ...playable, kind: kindOf(mime_type), url, mime_type, only_where: null, renditions: [] };
}

/** The lines that a player of HLS is to keep to; null leaves them to the line. */
export function linesOf(quality: Quality): number | null {
  return typeof quality === "number" ? quality : null;
}

/**
 * What a viewer may choose, the best first; empty where it is for the player to say. `plays` says
 * whether this browser plays a media type.
 */
export function qualitiesOf(
  { renditions }: Playable,
  plays: (mediaType: string) => boolean,
): Quality[] {
  const original = renditions.find(({ kind }) => kind === "original");
  const stream = renditions.find(({ kind }) => kind === "hls");
  // One that is still being made for others has no sizes to choose from.
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
