import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import { api } from "../../net/api";
import { library } from "../../net/library";
import type { RoomOut, VideoOut } from "../../rest.gen";
import { isKnown, me } from "../account";

const NEWEST = { q: "", status: "", sort: "-created_at" } as const;
const VIDEOS = 4;

export interface Own {
  rooms: readonly RoomOut[];
  /** Rooms of others that have let them in. */
  joined: readonly RoomOut[];
  /** The newest. */
  videos: readonly VideoOut[];
}

const NOTHING: Own = { rooms: [], joined: [], videos: [] };

/** The visitor's rooms and videos; null until they are known. The page works without them. */
export function useOwn(): ReadonlySignal<Own | null> {
  const own = useSignal<Own | null>(isKnown.value ? null : NOTHING);
  useSignalEffect(() => {
    const person = me.value?.id;
    if (!isKnown.value) own.value = NOTHING;
    else if (person !== undefined)
      void load().then((found) => {
        // Someone else may have signed in meanwhile.
        if (me.peek()?.id === person) own.value = found;
      });
  });
  return own;
}

async function load(): Promise<Own> {
  const [rooms, joined, videos] = await Promise.all([
    api.ownRooms().catch(() => []),
    api.joinedRooms().catch(() => []),
    library.videos(NEWEST, VIDEOS, null).then(
      (list) => list.videos,
      () => [],
    ),
  ]);
  return { rooms, joined, videos };
}
