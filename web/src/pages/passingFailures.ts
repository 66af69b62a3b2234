// Texts for failures that pass by themselves.

import { t } from "../language/t";
import type { PlayerError } from "../players/player";

export const PASSING = {
  expired: {
    title: t("Getting a new link"),
    text: t("The old one expired. The video continues in a moment."),
    waits: true,
  },
  network: {
    title: t("The video isn’t loading"),
    text: t(
      "It continues by itself when it can be loaded again. If it does not, check your connection.",
    ),
    waits: true,
  },
  preparing: {
    title: t("This video is being prepared"),
    text: t("It starts here by itself as soon as it can be watched."),
    waits: true,
  },
} as const;

/** The kinds of failures that last until somebody does something. */
export type Lasting = Exclude<PlayerError["kind"], keyof typeof PASSING>;

export function isPassing(kind: PlayerError["kind"]): kind is keyof typeof PASSING {
  return kind in PASSING;
}
