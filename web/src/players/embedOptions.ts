// An adapter's description of its site's player.

import type { PlayerTraits } from "./traits";

export interface EmbedOptions {
  /** The usual name of the site. */
  title: string;
  origin: string;
  traits: PlayerTraits;
  /** How long to trust the position without a new report. */
  trust_ms: number;
  /** After this long a command counts as lost, or as blocked by the browser. */
  patience_ms: number;
  /** A report that differs from plain playback by more than this means that the user seeked. */
  jump_s: number;
}
