// Predicts what the server will do after the film. The rules are the server's:
// `left_s` in playback/state.py, `is_due` and `advances_automatically` in rooms/. Pure.

import type { QueueItem, QueueState, State } from "../../protocol.gen";
import { END_TOLERANCE_S } from "../../sync/timeline";

export interface Film {
  state: State;
  queue: QueueState | null;
  position: number;
  /** From the room, or else from this player. */
  length: number;
  isPlaying: boolean;
  /** A host or co-host, or anyone if everyone may control. */
  isControllerHere: boolean;
  /** The server is connected and can reach the live state. */
  isServerHere: boolean;
}

export type After =
  /** `inS` is null if it is not certain that the next one will start. */
  | { kind: "soon"; next: QueueItem; inS: number | null }
  /** `continues`: the server may start the next one at any moment. */
  | { kind: "over"; next: QueueItem | undefined; continues: boolean; needsController: boolean };

export function afterFilm(film: Film): After | null {
  const { state, queue } = film;
  const next = queue?.items[0];
  // The server only knows the room's duration, not this player's.
  const continues = next !== undefined && queue?.autoplay === true && state.duration !== null;
  const left = film.length - film.position;
  if (left <= END_TOLERANCE_S)
    return { kind: "over", next, continues, needsController: continues && !film.isControllerHere };
  if (!continues || !film.isPlaying || isGrowing(state)) return null;
  const isSure = film.isControllerHere && film.isServerHere;
  return { kind: "soon", next, inS: isSure ? Math.ceil(left / state.rate) : null };
}

function isGrowing({ made_until, duration }: State): boolean {
  return made_until !== null && made_until < (duration ?? Number.POSITIVE_INFINITY);
}
