// The events in words.

import { t } from "../../language/t";
import type { Event } from "../../rest.gen";

export const EVENTS: Readonly<Record<Event, string>> = {
  "video.playable": t("A video can be watched"),
  "video.ready": t("All qualities of a video are ready"),
  "video.failed": t("A video could not be made playable"),
  "room.started": t("A room has started"),
  "room.ended": t("A room is over"),
};

export const ALL_EVENTS = Object.keys(EVENTS) as Event[];
