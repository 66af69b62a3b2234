// Which version of a film a viewer gets.

import type { OnlyWhere, Playable, PlayableRendition, VideoPlayback } from "../rest.gen";

/** The best for the connection, the original file, or the height of the picture. */
export type Quality = "auto" | "original" | number;

const HLS = "application/vnd.apple.mpegurl";

/**
 * Returns how a library video is played if the viewer has not chosen. `only_where` tells which
 * browsers play its file.
 */
export function playableOf(video: VideoPlayback, only_where: OnlyWhere | null): Playable {
  const { playback_url: url, expires_at, mime_type, renditions, subtitles, storyboard_url } = video;
  const rest = { title: null, only_where, subtitles, storyboard_url };
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

function wayTo({ renditions }: Playable, quality: Quality): PlayableRendition | undefined {
  if (quality === "auto") return undefined;
  return renditions.find(({ kind }) => kind === (quality === "original" ? "original" : "hls"));
}

function kindOf(mimeType: string): "hls" | "file" {
  return mimeType === HLS ? "hls" : "file";
}
