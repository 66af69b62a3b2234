// What there is to set about the player that a room has now.

import type { RoomSession } from "../../session/types";
import type { Screen } from "./screen";
import { canLeave } from "./useControls";
import type { Subtitles } from "./useSubtitles";

/** There are some, or one's own can be opened. */
export function hasSubtitles({ own, tracks }: Subtitles): boolean {
  return own.value || tracks.value.length > 0;
}

export function hasSpeed(session: RoomSession): boolean {
  const plays = (session.state.value?.source ?? null) !== null;
  return plays && session.player.value?.traits.rate !== false;
}

/** Whether there is anything; what offers languages or qualities has a speed, too. */
export function hasSettings(session: RoomSession, screen: Screen, subtitles: Subtitles): boolean {
  return (
    hasSubtitles(subtitles) ||
    hasSpeed(session) ||
    screen.hasTheatre.value ||
    canLeave(session.player.value?.element)
  );
}
