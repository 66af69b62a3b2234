// Videos that are chosen together, and what is done with all of them.

import type { Signal } from "@preact/signals";
import { t } from "../../language/t";
import { ApiError, api } from "../../net/api";
import { library } from "../../net/library";
import type { VideoOut } from "../../rest.gen";
import { notify } from "../../ui/notices";
import type { CurrentRoom } from "../currentRoom";
import { failureText } from "../failure";
import { videos } from "./videos";

/** The ids of those that are chosen; null while nothing is chosen here. */
export type Chosen = Signal<ReadonlySet<string> | null>;

/** Deletes videos one after another; stops at the first failure, and says why. */
export async function deleteAll(chosen: Chosen, list: readonly VideoOut[]): Promise<void> {
  const done = await inTurn(chosen, list, async ({ id }) => {
    try {
      await library.deleteVideo(id);
    } catch (error) {
      // It was already deleted in another window.
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
    videos.remove(id);
  });
  if (done > 0) notify(t("{{videos}} deleted.", { videos: counted(done) }));
}

/** Adds videos to the queue of a room in their order. */
export async function queueAll(
  chosen: Chosen,
  list: readonly VideoOut[],
  { code, name }: CurrentRoom,
): Promise<void> {
  const done = await inTurn(chosen, list, async ({ id }) => {
    const source = { provider: "library", media_type: "movie", external_id: id } as const;
    await api.addToQueue(code, { source });
  });
  if (done > 0)
    notify(t("{{videos}} added to the queue of “{{name}}”.", { videos: counted(done), name }));
}

/** "1 video"; "3 videos". */
export function counted(count: number): string {
  return t("{{count}} videos", { count });
}

/** What is done is no longer chosen, so that trying again goes on where it stopped. */
async function inTurn(
  chosen: Chosen,
  list: readonly VideoOut[],
  act: (video: VideoOut) => Promise<void>,
): Promise<number> {
  let done = 0;
  try {
    for (const video of list) {
      await act(video);
      done += 1;
      const rest = new Set(chosen.peek());
      rest.delete(video.id);
      chosen.value = rest;
    }
    chosen.value = null;
  } catch (error) {
    notify(failureText(error));
  }
  return done;
}
