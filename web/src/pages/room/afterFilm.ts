// What comes after the film, as far as the server will see to it. The rules are the server's:
// `left_s` in playback/state.py, `is_due` and `advances_automatically` in rooms/. Pure.

import type { QueueItem, QueueState, State } from "../../protocol.gen";
import { END_TOLERANCE_S } from "../../sync/timeline";

export interface Film {
  state: State;
  queue: QueueState | null;
  position: number;
  /** As the room or this player tells it. */
  length: number;
  isPlaying: boolean;
  /** Host or co-host, or anyone where everyone may control. */
  isControllerHere: boolean;
  /** The server is heard of, and reaches the live state. */
  isServerHere: boolean;
}

export type After =
  /** `inS` is null where it is not sure that the room goes on. */
  | { kind: "soon"; next: QueueItem; inS: number | null }
  /** `goesOn` where the server may put the next one on in this moment. */
  | { kind: "over"; next: QueueItem | undefined; goesOn: boolean; needsController: boolean };

export function afterFilm(film: Film): After | null {
  const { state, queue } = film;
  const next = queue?.items[0];
  // The server knows the end by the room's length alone.
  const goesOn = next !== undefined && queue?.autoplay === true && state.duration !== null;
  const left = film.length - film.position;
  if (left <= END_TOLERANCE_S)
    return { kind: "over", next, goesOn, needsController: goesOn && !film.isControllerHere };
  if (!goesOn || !film.isPlaying || isGrowing(state)) return null;
  const isSure = film.isControllerHere && film.isServerHere;
  return { kind: "soon", next, inS: isSure ? Math.ceil(left / state.rate) : null };
}

function isGrowing({ made_until, duration }: State): boolean {
  return made_until !== null && made_until < (duration ?? Number.POSITIVE_INFINITY);
}
