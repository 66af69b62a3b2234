// The interface between a room session and the pages.
//
// Every data field is a signal that only the session writes. Times named *At are milliseconds;
// each says which clock it uses.

import type { ReadonlySignal } from "@preact/signals";
import type { Player, PlayerError } from "../players/player";
import type { Quality } from "../players/quality";
import type {
  ChatEntry,
  Member,
  PlaybackSource,
  QueueState,
  RoomInfo,
  State,
  Waiting,
} from "../protocol.gen";
import type { Playable } from "../rest.gen";
import type { PresenceChange } from "./presenceChanges";

/** The socket's state, once the entry is `joined`. The video continues in all but `over`. */
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
  /** The visitor has the room open too often, or sends too much at once. */
  | "too-many"
  /** The page is older than the server, which did not understand it. Reload. */
  | "protocol";

/** How far the visitor has come in joining the room. */
export type Entry =
  | { kind: "joining" }
  /** Not signed in: let them choose a name (`api.continueAsGuest`), then call `start()` again. */
  | { kind: "need-name" }
  /** Ask for the password, then call `submitPassword`. */
  | {
      kind: "need-password";
      wrong: boolean /** Too many tries: seconds until the next. */;
      waitS?: number;
    }
  /** The host has to decide. The session continues by itself afterwards. */
  | { kind: "waiting" }
  /**
   * The room has no free place. The session tries again by itself at `retryAt`, in
   * `performance.now()` milliseconds; `start()` tries at once.
   */
  | { kind: "full"; retryAt: number }
  | { kind: "refused"; reason: "banned" | "rejected" }
  | { kind: "over"; reason: "deleted" | "expired" }
  | { kind: "not-found" }
  | { kind: "joined" };

/** A chat message. `pending` until the server has it; `failed` says why it was not sent. */
export type ChatItem = ChatEntry & { pending?: boolean; failed?: string };

/** Changed settings of the queue. */
export type QueueSettings = Partial<Pick<QueueState, "order" | "autoplay" | "adding" | "skipping">>;

export interface Drift {
  /** How far the video is from the room's position; positive when it is ahead. */
  ms: number;
  /** True while the video is in sync: not seeking, waiting or catching up. */
  settled: boolean;
}

export type SiteState = "answered" | "awaited" | "silent";

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
  /** Joins and leaves since the visitor joined; not in big rooms. */
  readonly presenceChanges: ReadonlySignal<readonly PresenceChange[]>;
  /** The latest reactions; each batch has a new `id`. */
  readonly reactions: ReadonlySignal<{ id: number; counts: Record<string, number> } | null>;
  /** People who ask to join. Always empty for those who may not decide. */
  readonly waiting: ReadonlySignal<readonly Waiting[]>;

  /** The queue; null before the room is joined. */
  readonly queue: ReadonlySignal<QueueState | null>;
  /** The items that the visitor has voted for in this browser. */
  readonly voted: ReadonlySignal<ReadonlySet<string>>;
  readonly votedToSkip: ReadonlySignal<boolean>;

  readonly waitsForMe: ReadonlySignal<boolean>;

  readonly playable: ReadonlySignal<Playable | null>;
  /** The visitor's own choice for this film. */
  readonly quality: ReadonlySignal<Quality>;
  /** The page shows `player.element`. The session drives the player and disposes of it. */
  readonly player: ReadonlySignal<Player | null>;
  readonly playerError: ReadonlySignal<PlayerError | null>;
  /** Whether the site of an embedded player has answered; "silent" after some seconds without. */
  readonly site: ReadonlySignal<SiteState>;
  /** The browser needs a user gesture: show a button that calls `joinPlayback()`. */
  readonly autoplayBlocked: ReadonlySignal<boolean>;

  /**
   * Set while the host is away. `graceEndsAt` is in room time, see `roomNow()`; null if the room
   * waits for them without a limit.
   */
  readonly hostAway: ReadonlySignal<{ graceEndsAt: number | null } | null>;
  readonly drift: ReadonlySignal<Drift | null>;
  readonly clock: ReadonlySignal<ClockReading | null>;
  /** The room's position in seconds, updated about four times a second. */
  readonly position: ReadonlySignal<number>;
  /** The position that the visitor has requested, until the room has answered. */
  readonly asked: ReadonlySignal<number | null>;
  /** Whether the video plays; false at its end, whatever `state` says. */
  readonly playing: ReadonlySignal<boolean>;
  /** Length of the video in seconds, once the player or the room knows it. */
  readonly duration: ReadonlySignal<number | null>;
  /** The server cannot reach the live state. Commands fail for now, but the video continues. */
  readonly liveUnavailable: ReadonlySignal<boolean>;
  /** A message to show once, such as why a command failed. Each has a new `id`. */
  readonly notice: ReadonlySignal<{ id: number; text: string } | null>;
  /** Host or co-host. */
  readonly canControl: ReadonlySignal<boolean>;

  /** Joins and connects. Call it again after `need-name` or `over`. */
  start(): void;
  submitPassword(password: string): void;
  /** Leaves for good: closes the socket and disposes of the player. */
  dispose(): void;

  /** Room time in milliseconds since the epoch; the device's clock until it is known. */
  roomNow(): number;

  // Commands to the room. Without the right to control playback they do nothing.
  play(): void;
  pause(): void;
  seek(position: number): void;
  /** Seeks by this many seconds, relative to the room's position or the last request. */
  skip(seconds: number): void;
  setRate(rate: number): void;
  setSource(source: PlaybackSource): void;
  /** Shows subtitles to everyone who has not chosen any; null hides them. */
  showSubtitles(track: string | null): void;
  /** Reloads the list of subtitles. */
  refreshSubtitles(): void;

  /** Plays the next item of the queue, or `item`. */
  next(item?: string): void;

  removeItem(item: string): void;
  /** Moves an item before another one; null is the end. */
  moveItem(item: string, before: string | null): void;
  clearQueue(): void;
  voteFor(item: string, on: boolean): void;
  setQueue(settings: QueueSettings): void;
  voteToSkip(on: boolean): void;

  /** Shows one emoji to everyone for a moment. */
  react(emoji: string): void;
  /** Sets whether the room may wait for this visitor, for the current visit. */
  waitForMe(on: boolean): void;

  sendChat(text: string): void;
  /** Removes a failed message (by its `id`) and sends its text again. */
  resendChat(id: string): void;

  transfer(member: string): void;
  cohost(member: string, on: boolean): void;
  kick(member: string): void;
  mute(member: string, on: boolean): void;
  ban(member: string): void;
  /** Deletes a message for everyone: the visitor's own, or as host or co-host anyone's. */
  deleteChat(id: string): void;
  approve(id: string): void;
  reject(id: string): void;
  approveAll(ids: string[]): void;
  rejectAll(ids: string[]): void;

  /** Plays the film in another quality for this visitor, at the room's position. */
  setQuality(quality: Quality): void;

  /** Starts playback after `autoplayBlocked`. Call it inside a user gesture. */
  joinPlayback(): void;
}
