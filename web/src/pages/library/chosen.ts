// The selected videos, and actions on all of them.

import type { Signal } from "@preact/signals";
import { t } from "../../language/t";
import { library } from "../../net/library";
import type { VideoOut } from "../../rest.gen";
import { bytes } from "../../ui/bytes";
import { notify } from "../../ui/notices";
import { type CurrentRoom, queueIn, sayQueued } from "../currentRoom";
import { failureText } from "../failure";
import { videos } from "./videos";

/** The ids of the selected videos; null outside selection mode. */
export type Chosen = Signal<ReadonlySet<string> | null>;

/** Deletes videos one after another; stops at the first failure and shows it. */
export async function deleteAll(chosen: Chosen, list: readonly VideoOut[]): Promise<void> {
  const done = await inTurn(chosen, list, async ({ id }) => {
    await library.deleteVideo(id);
    videos.remove(id);
  });
  if (done > 0) notify(t("{{videos}} deleted.", { videos: videoCount(done) }));
}

/** Adds videos to the queue of a room in their order. */
export async function queueAll(
  chosen: Chosen,
  list: readonly VideoOut[],
  room: CurrentRoom,
): Promise<void> {
  const done = await inTurn(chosen, list, ({ id }) => queueIn(room, id));
  if (done > 0) sayQueued(room, done);
}

/** "1 video"; "3 videos". */
export function videoCount(count: number): string {
  return t("{{count}} videos", { count });
}

/** The warning before they are deleted. */
export function deletionText(list: readonly VideoOut[]): string {
  const size_bytes = list.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const size = size_bytes > 0 ? ` (${bytes(size_bytes)})` : "";
  const [only, ...others] = list;
  if (only && others.length === 0)
    return t(
      "“{{title}}”{{size}} will be deleted for good, with its poster and everything made from it. Rooms can no longer play it.",
      { title: only.title, size },
    );
  return t(
    "They will be deleted for good{{size}}, with their posters and everything made from them. Rooms can no longer play them.",
    { size },
  );
}

const USES_ESCAPE = "input:not([type=checkbox]), textarea, select, dialog, [popover]";

/**
 * Whether Escape was pressed where it does not close something else: a dialog, a menu, a search.
 */
export function endsChoosing({ key, target, defaultPrevented }: KeyboardEvent): boolean {
  if (key !== "Escape" || defaultPrevented || document.querySelector("dialog[open]")) return false;
  return !(target instanceof Element && target.closest(USES_ESCAPE));
}

/**
 * Deselects each video when it is done, so that trying again continues where it stopped. If the
 * visitor leaves selection mode meanwhile, it stays off.
 */
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
      const left = [...(chosen.peek() ?? [])].filter((id) => id !== video.id);
      chosen.value = left.length > 0 ? new Set(left) : null;
    }
  } catch (error) {
    notify(failureText(error));
  }
  return done;
}
