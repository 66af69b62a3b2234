// What the adapter of a site says of its player.

import type { PlayerTraits } from "./traits";

export interface EmbedOptions {
  /** The site's name, as people know it. */
  title: string;
  origin: string;
  traits: PlayerTraits;
  /** For how long to trust the position without a new report. */
  trust_ms: number;
  /** After this long a command counts as lost, or as blocked by the browser. */
  patience_ms: number;
  /** A report that differs from plain playback by more than this means that the user has sought. */
  jump_s: number;
}
