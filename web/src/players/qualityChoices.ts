// Which versions of a film a viewer may choose. Apart from quality.ts, because a room needs it only
// for an open menu.

import { t } from "../language/t";
import type { Playable } from "../rest.gen";
import type { Choice } from "./choices";
import type { Quality } from "./quality";

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
