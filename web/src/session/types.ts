// What a room page sees of a room: the one interface between the engine and the pages.
//
// Every data field is a signal that only the engine writes. Times named *At are milliseconds;
// which clock they belong to is said at each.

import type { ReadonlySignal } from "@preact/signals";
import type { Player, PlayerError } from "../players/player";
import type { ChatEntry, Member, PlaybackSource, RoomInfo, State, Waiting } from "../protocol.gen";
import type { Playable } from "../rest.gen";

/** The socket's state, once the entry is `joined`. The video goes on in all but `over`. */
export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  /** `retryAt` is in `performance.now()` milliseconds. */
  | { kind: "reconnecting"; retryAt: number }
  | { kind: "over"; reason: OverReason };

export type OverReason =
  | "deleted"
  | "expired"
  | "kicked"
  | "banned"
  | "not-found"
  | "forbidden"
  /** The visitor has the room open too often, or says too much at once. */
  | "too-many"
  /** The server did not understand us: the page is older than the server. Reload. */
  | "protocol";

/** How far the visitor has come through the door. */
export type Entry =
  | { kind: "joining" }
  /** No login yet: let him choose a name (`api.continueAsGuest`), then call `start()` again. */
  | { kind: "need-name" }
  /** Ask, then call `submitPassword`. */
  | {
      kind: "need-password";
      wrong: boolean /** Too many tries: seconds until the next. */;
      waitS?: number;
    }
  /** The host was asked; the engine goes on by itself when he answers. */
  | { kind: "waiting" }
  /** Nobody else fits in; `start()` tries again. */
  | { kind: "full" }
  | { kind: "refused"; reason: "banned" | "rejected" }
  | { kind: "over" }
  | { kind: "not-found" }
  | { kind: "joined" };

/** One line of chat. `pending` until the server has it; `failed` says why it never will. */
export type ChatItem = ChatEntry & { pending?: boolean; failed?: string };

export interface Drift {
  /** How far the picture is from where it should be; positive when it is ahead. */
  ms: number;
  /** True while the picture is where it should be, not seeking, waiting or catching up. */
  settled: boolean;
}

export interface ClockReading {
  /** Room time minus `performance.now()`. */
  offsetMs: number;
  rttMs: number;
}

export interface RoomSession {
  readonly entry: ReadonlySignal<Entry>;
  readonly connection: ReadonlySignal<Connection>;
  readonly room: ReadonlySignal<RoomInfo | null>;
  readonly you: ReadonlySignal<Member | null>;
  readonly state: ReadonlySignal<State | null>;
  /** Host first, then co-hosts, then by arrival. In a big room only a sample. */
  readonly members: ReadonlySignal<readonly Member[]>;
  readonly viewerCount: ReadonlySignal<number>;
  readonly chat: ReadonlySignal<readonly ChatItem[]>;
  /** Who asks to be let in; always empty for those who may not decide. */
  readonly waiting: ReadonlySignal<readonly Waiting[]>;

  readonly playable: ReadonlySignal<Playable | null>;
  /** The page puts `player.element` into its frame; the engine drives and disposes of it. */
  readonly player: ReadonlySignal<Player | null>;
  readonly playerError: ReadonlySignal<PlayerError | null>;
  /** The browser wants a gesture first: show one button that calls `joinPlayback()`. */
  readonly autoplayBlocked: ReadonlySignal<boolean>;

  /** Set while the host is gone; `graceEndsAt` is in room time, see `roomNow()`. */
  readonly hostAway: ReadonlySignal<{ graceEndsAt: number } | null>;
  readonly drift: ReadonlySignal<Drift | null>;
  readonly clock: ReadonlySignal<ClockReading | null>;
  /** Where the room is, in seconds; about four updates a second. */
  readonly position: ReadonlySignal<number>;
  /** Whether the film runs. One that has reached its end does not, whatever `state` says. */
  readonly playing: ReadonlySignal<boolean>;
  /** Length of the work in seconds, once the player or the room knows it. */
  readonly duration: ReadonlySignal<number | null>;
  /** The server cannot reach the live state: commands fail for now, the video goes on. */
  readonly liveUnavailable: ReadonlySignal<boolean>;
  /** Something to say once, such as why a command failed; a new `id` for each. */
  readonly notice: ReadonlySignal<{ id: number; text: string } | null>;
  /** Host or co-host. */
  readonly canControl: ReadonlySignal<boolean>;

  /** Walks through the door and connects; again after `need-name`, `full` or `over`. */
  start(): void;
  submitPassword(password: string): void;
  /** Leaves for good: closes the socket and disposes of the player. */
  dispose(): void;

  /** Room time now in milliseconds since the epoch; the device's clock until it is known. */
  roomNow(): number;

  // Commands to the room. Without the right to control they do nothing.
  play(): void;
  pause(): void;
  seek(position: number): void;
  setRate(rate: number): void;
  setSource(source: PlaybackSource): void;

  sendChat(text: string): void;
  /** Takes a failed line (by its `id`) off the chat and sends its text again. */
  resendChat(id: string): void;

  transfer(member: string): void;
  cohost(member: string, on: boolean): void;
  kick(member: string): void;
  mute(member: string, on: boolean): void;
  ban(member: string): void;
  approve(id: string): void;
  reject(id: string): void;

  /** The "Join the others" button; call it inside the user's gesture. */
  joinPlayback(): void;
}
