// Creates the player for a source.
//
// Adapters are loaded when a source first needs them. A new embedded provider is one file and
// one line in EMBEDS.

import { t, translated } from "../language/t";
import type { PlaybackSource } from "../protocol.gen";
import type { Playable } from "../rest.gen";
// Most rooms play a file, so this player is part of the page.
import { createHtmlPlayer } from "./html";
import { NoPlayer, type Player } from "./player";

const EMBEDS: Record<string, () => Promise<(playable: Playable) => Player>> = {
  youtube: async () => (await import("./youtube")).createYouTubePlayer,
  vimeo: async () => (await import("./vimeo")).createVimeoPlayer,
  vidking: async () => (await import("./vidking")).createVidkingPlayer,
};

/**
 * Creates the player for a source. Rejects with NoPlayer. The caller adds listeners, appends
 * `element`, and calls `dispose` at the end.
 */
export async function createPlayer(source: PlaybackSource, playable: Playable): Promise<Player> {
  if (playable.kind !== "iframe") return createOwnPlayer(playable);
  const load = EMBEDS[source.provider];
  if (!load) {
    throw new NoPlayer({
      kind: "unsupported",
      message: t("This page has no player for this site. Reload it and try again."),
    });
  }
  return (await load())(playable);
}

/** Creates the player for a video in our own <video> element. */
export async function createOwnPlayer(playable: Playable): Promise<Player> {
  const { only_where: where } = playable;
  if (where && !canPlayHere(where.media_type)) {
    // A copy is being converted that will play here.
    const kind = where.code === "not_ready" ? "preparing" : "unplayable";
    throw new NoPlayer({ kind, message: translated(where.message) });
  }
  if (playable.kind === "hls") return (await import("./hls")).createHlsPlayer(playable);
  return createHtmlPlayer(playable);
}

/** Media types that the browser claims to play, and does not. */
const REFUSED = new Set<string>();

/** Returns whether this browser says that it plays a media type, and nothing speaks against it. */
export function canPlayHere(mediaType: string): boolean {
  return !REFUSED.has(mediaType) && document.createElement("video").canPlayType(mediaType) !== "";
}

/** Notes that a film of this media type did not play here, so that others are not tried. */
export function noteRefusal(mediaType: string): void {
  REFUSED.add(mediaType);
}
