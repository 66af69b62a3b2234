// The writable signals of one room session. Only the files of this folder use it.

import { type Signal, signal } from "@preact/signals";
import { emptyRoster, type Roster } from "../presence/roster";
import type { Member } from "../protocol.gen";
import { END_TOLERANCE_S } from "../sync/timeline";
import type { RoomSession } from "./types";

type Data = {
  [K in Exclude<
    keyof RoomSession,
    "members" | "viewerCount" | "canControl" | "playing"
  >]: RoomSession[K] extends {
    readonly value: infer T;
  }
    ? Signal<T>
    : never;
};
type DataKey = { [K in keyof Data]: Data[K] extends never ? never : K }[keyof Data];

export type Store = Pick<Data, DataKey> & { roster: Signal<Roster> };

export function createStore(): Store {
  return {
    entry: signal({ kind: "joining" }),
    connection: signal({ kind: "connecting" }),
    room: signal(null),
    you: signal(null),
    state: signal(null),
    roster: signal(emptyRoster),
    chat: signal([]),
    presenceChanges: signal([]),
    reactions: signal(null),
    waiting: signal([]),
    queue: signal(null),
    voted: signal(new Set()),
    votedToSkip: signal(false),
    waitsForMe: signal(true),
    playable: signal(null),
    quality: signal("auto"),
    player: signal(null),
    playerError: signal(null),
    site: signal("answered"),
    autoplayBlocked: signal(false),
    hostAway: signal(null),
    drift: signal(null),
    clock: signal(null),
    position: signal(0),
    asked: signal(null),
    duration: signal(null),
    liveUnavailable: signal(false),
    notice: signal(null),
  };
}

/** Whether the visitor may control playback and the queue. */
export function canControl({ you, room }: Pick<Store, "you" | "room">): boolean {
  return canModerate(you.value) || (you.value !== null && room.value?.control === "everyone");
}

/** Hosts and co-hosts moderate. */
export function canModerate(you: Member | null): boolean {
  return you?.role === "host" || you?.role === "cohost";
}

/** How many seconds the visitor must wait between two messages; 0 if they need not. */
export function slowMode_s({ you, room }: Pick<RoomSession, "you" | "room">): number {
  return canModerate(you.value) ? 0 : (room.value?.slow_mode_s ?? 0);
}

/** At the end of a video the state still says that it plays, because no command pauses it. */
export function isPlaying({ state, position, duration }: Store): boolean {
  const end = Math.min(state.value?.duration ?? Infinity, duration.value ?? Infinity);
  const atEnd = position.value >= end - END_TOLERANCE_S;
  return state.value?.playing === true && !atEnd;
}

/** Shows `text` to the user once. */
export function showNotice(store: Store, text: string): void {
  store.notice.value = { id: (store.notice.peek()?.id ?? 0) + 1, text };
}
