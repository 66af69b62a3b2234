// The title of the film in the room, also of one that has been deleted.

import { t } from "../../language/t";
import type { State } from "../../protocol.gen";
import type { RoomOut } from "../../rest.gen";
import { keyOf } from "../../session/sourceKey";
import { sourceLabel } from "../source";

/** What to show if the title of a removed film was never known. */
const REMOVED = {
  deleted: t("This video is gone"),
  taken_back: t("This video is no longer shared"),
};

export class FilmTitle {
  private last: { of: string; title: string } | null = null;

  /** `playing` is what the player tells; `room` is from REST, and may be older than `state`. */
  of(
    state: Pick<State, "source" | "unloaded">,
    playing: string | null,
    room: Pick<RoomOut, "source" | "source_title"> | null,
  ): string {
    const { source, unloaded } = state;
    if (!source) return unloaded ? (this.last?.title ?? REMOVED[unloaded]) : sourceLabel(null);
    const of = keyOf(source);
    const told = room?.source && keyOf(room.source) === of ? room.source_title : null;
    const title = playing ?? told;
    if (title !== null) this.last = { of, title };
    else if (this.last?.of !== of) this.last = null;
    return this.last?.title ?? sourceLabel(source);
  }
}
