import { t } from "../../language/t";
import type { RoomSession } from "../../session/types";

/** What to add when the connection fails: nothing if the video stands still. */
export function keepsPlaying({ playing, site }: RoomSession): string {
  return playing.value && site.value !== "silent" ? t("The video keeps playing.") : "";
}
