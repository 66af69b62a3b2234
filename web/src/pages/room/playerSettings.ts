// Which settings the current player has.

import type { RoomSession } from "../../session/types";
import type { Screen } from "./screen";
import { canLeave } from "./useControls";
import type { Subtitles } from "./useSubtitles";

/** Whether there are subtitles, or the visitor can open their own. */
export function hasSubtitles({ own, tracks }: Subtitles): boolean {
  return own.value || tracks.value.length > 0;
}

export function hasSpeed(session: RoomSession): boolean {
  const plays = (session.state.value?.source ?? null) !== null;
  return plays && session.player.value?.traits.rate !== false;
}

/** Whether there are any settings. A player with languages or qualities always has a speed. */
export function hasSettings(session: RoomSession, screen: Screen, subtitles: Subtitles): boolean {
  return (
    hasSubtitles(subtitles) ||
    hasSpeed(session) ||
    screen.hasTheatre.value ||
    canLeave(session.player.value?.element)
  );
}
