// Generated from docs/protocol.schema.json by ./streamit generate. Do not edit.

export const PROTOCOL_VERSION = 2;

/** Limits of what a client may send. */
export const limits = {
  frame_bytes: 4096,
  chat_characters: 500,
  position_s: 1000000
} as const;

/** Why a socket was closed, and whether a client reconnects. */
export const closeCodes = {
  1012: {
    name: "RESTARTING",
    reconnect: true
  },
  4400: {
    name: "MALFORMED",
    reconnect: false
  },
  4401: {
    name: "NOT_AUTHENTICATED",
    reconnect: true
  },
  4403: {
    name: "FORBIDDEN",
    reconnect: false
  },
  4404: {
    name: "NO_SUCH_ROOM",
    reconnect: false
  },
  4408: {
    name: "TOO_SLOW",
    reconnect: true
  },
  4409: {
    name: "KICKED",
    reconnect: false
  },
  4410: {
    name: "ROOM_OVER",
    reconnect: false
  },
  4413: {
    name: "TOO_LARGE",
    reconnect: false
  },
  4429: {
    name: "FLOODING",
    reconnect: false
  },
  4503: {
    name: "UNAVAILABLE",
    reconnect: true
  }
} as const;

export type Message = FromClient | ToClient;
export type FromClient =
  | Play
  | Pause
  | Seek
  | SetRate
  | SetSource
  | SetSubtitle
  | Ping
  | Status
  | Sync
  | WaitForMe
  | Chat
  | DeleteChat
  | React
  | Transfer
  | Cohost
  | Kick
  | Mute
  | Ban
  | QueueAdd
  | QueueRemove
  | QueueMove
  | QueueClear
  | QueueVote
  | QueueSet
  | SkipVote
  | Next
  | Failed;
export type MediaType = "movie" | "tv";
export type QueueOrder = "manual" | "votes";
/**
 * Who may add to the queue.
 */
export type QueueAdding = "controllers" | "everyone";
export type ToClient =
  | Welcome
  | PlaybackState
  | Presence
  | ChatMessage
  | ChatDeleted
  | Reactions
  | HostDisconnected
  | HostReconnected
  | HostChanged
  | RoomChanged
  | WaitingChanged
  | QueueChanged
  | RoomClosed
  | Pong
  | Ack
  | ErrorMessage;
/**
 * Who may control playback and the queue.
 */
export type Control = "host" | "everyone";
/**
 * When a room waits for players that are not ready.
 */
export type Wait = "off" | "start" | "always";
export type Role = "host" | "cohost" | "viewer";
export type ErrorCode =
  | "invalid"
  | "forbidden"
  | "not_found"
  | "muted"
  | "chat_closed"
  | "duplicate"
  | "rate_limited"
  | "unavailable"
  | "internal";

export interface Play {
  id?: string | null;
  type: "PLAY";
  position?: number | null;
}
export interface Pause {
  id?: string | null;
  type: "PAUSE";
  position?: number | null;
}
export interface Seek {
  id?: string | null;
  type: "SEEK";
  /**
   * Seconds into the work.
   */
  position: number;
}
export interface SetRate {
  id?: string | null;
  type: "RATE";
  /**
   * Playback speed; 1 is normal.
   */
  rate: number;
}
export interface SetSource {
  id?: string | null;
  type: "SOURCE";
  source: GivenSource;
}
/**
 * A work as clients name it. The answer about a link can be sent as it is.
 *
 * Capabilities are ignored, because they follow from the provider.
 */
export interface GivenSource {
  provider: string;
  media_type: MediaType;
  external_id: string;
  season?: number | null;
  episode?: number | null;
  supports_events?: boolean | null;
  supports_progress?: boolean | null;
  capabilities?: Capabilities | null;
  /**
   * Where to begin; never stored.
   */
  start_s?: number | null;
}
/**
 * What a page can do with the provider's player.
 */
export interface Capabilities {
  seek: boolean;
  pause: boolean;
  resume: boolean;
  autoplay: boolean;
}
/**
 * The room's default subtitles; null means the film's own default.
 */
export interface SetSubtitle {
  id?: string | null;
  type: "SUBTITLE";
  track: string | null;
}
export interface Ping {
  id?: string | null;
  type: "PING";
  /**
   * The client's own clock in milliseconds; echoed.
   */
  t0: number;
}
/**
 * What the sender's player shows. protocol.md says whose ``duration`` counts.
 *
 * ``revision`` is that of the state the player follows, so that the length of the last film
 * is not taken for the length of this one.
 */
export interface Status {
  id?: string | null;
  type: "STATUS";
  /**
   * Seconds into the work.
   */
  position: number;
  buffering: boolean;
  drift_ms: number;
  rtt_ms?: number | null;
  duration?: number | null;
  revision?: number | null;
  /**
   * Whether the picture of `revision` is shown, or ready to be.
   */
  ready?: boolean | null;
}
export interface Sync {
  id?: string | null;
  type: "SYNC";
}
export interface WaitForMe {
  id?: string | null;
  type: "WAIT_FOR_ME";
  on: boolean;
}
export interface Chat {
  id?: string | null;
  type: "CHAT";
  text: string;
}
/**
 * Delete a message: your own, or anybody's as host or co-host.
 */
export interface DeleteChat {
  id?: string | null;
  type: "DELETE_CHAT";
  message: string;
}
/**
 * An emoji over the picture. Each one counts, so do not repeat it.
 */
export interface React {
  id?: string | null;
  type: "REACT";
  emoji: string;
}
export interface Transfer {
  id?: string | null;
  type: "TRANSFER";
  member: string;
}
export interface Cohost {
  id?: string | null;
  type: "COHOST";
  member: string;
  on?: boolean;
}
export interface Kick {
  id?: string | null;
  type: "KICK";
  member: string;
}
export interface Mute {
  id?: string | null;
  type: "MUTE";
  member: string;
  on?: boolean;
}
export interface Ban {
  id?: string | null;
  type: "BAN";
  member: string;
}
/**
 * Add a source before item ``before``, or at the end.
 *
 * ``before`` is ignored if votes order the queue, and for members who may only add.
 */
export interface QueueAdd {
  id?: string | null;
  type: "QUEUE_ADD";
  source: GivenSource;
  start_s?: number | null;
  before?: string | null;
}
export interface QueueRemove {
  id?: string | null;
  type: "QUEUE_REMOVE";
  item: string;
}
/**
 * Move an item before another, or to the end.
 */
export interface QueueMove {
  id?: string | null;
  type: "QUEUE_MOVE";
  item: string;
  before?: string | null;
}
export interface QueueClear {
  id?: string | null;
  type: "QUEUE_CLEAR";
}
export interface QueueVote {
  id?: string | null;
  type: "QUEUE_VOTE";
  item: string;
  on?: boolean;
}
/**
 * Change the settings of the queue; fields that are not given stay.
 */
export interface QueueSet {
  id?: string | null;
  type: "QUEUE_SET";
  order?: QueueOrder | null;
  autoplay?: boolean | null;
  adding?: QueueAdding | null;
  skipping?: boolean | null;
}
/**
 * Vote to skip the film, or take the vote back.
 *
 * With ``revision`` it has no effect if another source was chosen since that one.
 */
export interface SkipVote {
  id?: string | null;
  type: "SKIP_VOTE";
  on?: boolean;
  revision?: number | null;
}
/**
 * Go on to the next item of the queue, or to ``item``.
 *
 * With ``revision`` it has no effect if another source was chosen since that one.
 */
export interface Next {
  id?: string | null;
  type: "NEXT";
  item?: string | null;
  revision?: number | null;
}
/**
 * The provider's player cannot play the source of ``revision``, in any browser.
 *
 * If more than half of those present say so about an item of the queue, the room goes on.
 */
export interface Failed {
  id?: string | null;
  type: "FAILED";
  revision: number;
  why: "embed_refused" | "missing" | "unplayable";
}
export interface Welcome {
  type: "WELCOME";
  protocol: number;
  room: RoomInfo;
  you: Member;
  state: State;
  /**
   * Everyone present; in a big room the host, co-hosts, you and a sample.
   */
  members: Member[];
  viewer_count: number;
  chat: ChatEntry[];
  /**
   * Who waits to be let in; empty unless you may decide.
   */
  waiting: Waiting[];
  queue: QueueState;
  /**
   * Reconnect with `?ticket=` and this, once; no REST call needed.
   */
  resume: string;
}
export interface RoomInfo {
  code: string;
  name: string;
  visibility: "public" | "unlisted" | "private";
  entry: "open" | "password" | "approval";
  capacity: number;
  chat_open: boolean;
  /**
   * How many seconds a viewer waits between two chat messages; 0 is none.
   */
  slow_mode_s: number;
  status: "CREATED" | "LIVE" | "GRACE" | "EXPIRED" | "DELETED";
  host: string;
  control: Control;
  wait: Wait;
  wait_timeout_s: number;
  grace_ends_at: number | null;
  /**
   * When people are to meet, if told.
   */
  starts_at: number | null;
  /**
   * Whether somebody else becomes host when the host stays away.
   */
  succession: boolean;
  /**
   * Whether the room stays when everybody has left.
   */
  kept: boolean;
}
/**
 * A person in the room, however many sockets they have.
 */
export interface Member {
  id: string;
  name: string;
  role: Role;
  muted: boolean;
  buffering: boolean;
  drift_ms: number | null;
}
/**
 * At room time ``at`` (ms) the film is at ``position`` (s); playing advances it by ``rate``.
 */
export interface State {
  revision: number;
  playing: boolean;
  /**
   * Seconds into the work.
   */
  position: number;
  /**
   * Playback speed; 1 is normal.
   */
  rate: number;
  /**
   * Milliseconds since the epoch in room time.
   */
  at: number;
  source: PlaybackSource | null;
  /**
   * The revision at which the source was chosen: the same film again has another.
   */
  source_revision: number;
  /**
   * Who chose the source, or added it to the queue that went on to it; null while nothing plays, and when nobody knows any more.
   */
  chosen_by: string | null;
  /**
   * Who made the change; null when the server did.
   */
  by: string | null;
  /**
   * Length of the work in seconds, once known.
   */
  duration: number | null;
  /**
   * Seconds of the work that can be played while it is still being made: the position goes no further. Null when all of it can.
   */
  made_until: number | null;
  /**
   * Why the last source is gone, when its owner took it from the room.
   */
  unloaded: ("taken_back" | "deleted") | null;
  /**
   * The subtitles for everyone who has not chosen; null: the film's own.
   */
  subtitle: string | null;
  /**
   * Set while the film is paused until everyone has the picture.
   */
  waiting: WaitingFor | null;
}
/**
 * A work at a provider, and what its player can do.
 */
export interface PlaybackSource {
  provider: string;
  media_type: MediaType;
  external_id: string;
  season: number | null;
  episode: number | null;
  supports_events: boolean;
  supports_progress: boolean;
  capabilities: Capabilities;
}
/**
 * Who the room waits for, and until when at most (room time, ms).
 */
export interface WaitingFor {
  /**
   * At most 5 of them.
   */
  for: string[];
  count: number;
  /**
   * Milliseconds since the epoch in room time.
   */
  until: number;
}
export interface ChatEntry {
  id: string;
  member: string;
  name: string;
  /**
   * What the sender was then.
   */
  role: "host" | "cohost" | "viewer";
  text: string;
  /**
   * Milliseconds since the epoch in room time.
   */
  at: number;
}
/**
 * Someone who asked to be let in.
 */
export interface Waiting {
  id: string;
  name: string;
}
/**
 * The whole queue, in the order in which it will be played.
 */
export interface QueueState {
  version: number;
  items: QueueItem[];
  order: QueueOrder;
  /**
   * At the end of a film the room goes on to the next.
   */
  autoplay: boolean;
  adding: QueueAdding;
  /**
   * More than half of those present may skip what plays.
   */
  skipping: boolean;
  /**
   * How many present people want to skip what plays.
   */
  skip_votes: number;
  /**
   * The last ones, newest last.
   */
  skipped: SkippedItem[];
}
/**
 * An item of the queue. The capabilities of its player follow from the provider.
 */
export interface QueueItem {
  id: string;
  source: Work;
  start_s: number | null;
  title: string | null;
  duration_s: number | null;
  added_by: string;
  added_by_name: string;
  votes: number;
}
/**
 * A work at a provider.
 */
export interface Work {
  provider: string;
  media_type: MediaType;
  external_id: string;
  season: number | null;
  episode: number | null;
}
/**
 * An item that could not be played when its turn came, and why.
 */
export interface SkippedItem {
  id: string;
  source: Work;
  title: string | null;
  why: string;
}
export interface PlaybackState {
  revision: number;
  playing: boolean;
  /**
   * Seconds into the work.
   */
  position: number;
  /**
   * Playback speed; 1 is normal.
   */
  rate: number;
  /**
   * Milliseconds since the epoch in room time.
   */
  at: number;
  source: PlaybackSource | null;
  /**
   * The revision at which the source was chosen: the same film again has another.
   */
  source_revision: number;
  /**
   * Who chose the source, or added it to the queue that went on to it; null while nothing plays, and when nobody knows any more.
   */
  chosen_by: string | null;
  /**
   * Who made the change; null when the server did.
   */
  by: string | null;
  /**
   * Length of the work in seconds, once known.
   */
  duration: number | null;
  /**
   * Seconds of the work that can be played while it is still being made: the position goes no further. Null when all of it can.
   */
  made_until: number | null;
  /**
   * Why the last source is gone, when its owner took it from the room.
   */
  unloaded: ("taken_back" | "deleted") | null;
  /**
   * The subtitles for everyone who has not chosen; null: the film's own.
   */
  subtitle: string | null;
  /**
   * Set while the film is paused until everyone has the picture.
   */
  waiting: WaitingFor | null;
  type: "PLAYBACK_STATE";
  id?: string | null;
}
/**
 * What has changed since the last one; ``changed`` has members whose entry is new.
 */
export interface Presence {
  type: "PRESENCE";
  joined: Member[];
  left: string[];
  changed: Member[];
  viewer_count: number;
}
export interface ChatMessage {
  id: string;
  member: string;
  name: string;
  /**
   * What the sender was then.
   */
  role: "host" | "cohost" | "viewer";
  text: string;
  /**
   * Milliseconds since the epoch in room time.
   */
  at: number;
  type: "CHAT";
  /**
   * The `id` the sender gave.
   */
  client_id?: string | null;
}
/**
 * The message ``id`` is no longer in the chat.
 */
export interface ChatDeleted {
  type: "CHAT_DELETED";
  id: string;
}
/**
 * Reactions since the last message, at most every 250 ms; only the most frequent kinds.
 */
export interface Reactions {
  type: "REACTIONS";
  counts: {
    [k: string]: number;
  };
}
export interface HostDisconnected {
  type: "HOST_DISCONNECTED";
  /**
   * null: the room waits for them, however long they are away.
   */
  grace_ends_at: number | null;
}
export interface HostReconnected {
  type: "HOST_RECONNECTED";
}
export interface HostChanged {
  type: "HOST_CHANGED";
  host: string;
}
/**
 * A setting of the room has changed: name, entry, capacity, chat and so on.
 */
export interface RoomChanged {
  type: "ROOM_CHANGED";
  room: RoomInfo;
}
/**
 * Sent to host and co-hosts when someone asks to be let in, or no longer waits.
 */
export interface WaitingChanged {
  type: "WAITING";
  waiting: Waiting[];
}
/**
 * The queue after a change; drop one whose version is lower than what you have.
 */
export interface QueueChanged {
  version: number;
  items: QueueItem[];
  order: QueueOrder;
  /**
   * At the end of a film the room goes on to the next.
   */
  autoplay: boolean;
  adding: QueueAdding;
  /**
   * More than half of those present may skip what plays.
   */
  skipping: boolean;
  /**
   * How many present people want to skip what plays.
   */
  skip_votes: number;
  /**
   * The last ones, newest last.
   */
  skipped: SkippedItem[];
  type: "QUEUE";
}
export interface RoomClosed {
  type: "ROOM_CLOSED";
  reason: "deleted" | "expired" | "kicked" | "banned";
}
export interface Pong {
  type: "PONG";
  t0: number;
  /**
   * Milliseconds since the epoch in room time.
   */
  t1: number;
  /**
   * Milliseconds since the epoch in room time.
   */
  t2: number;
  id?: string | null;
}
/**
 * Done. The answer to a message with an `id` that has no other answer.
 */
export interface Ack {
  type: "ACK";
  id: string;
}
export interface ErrorMessage {
  type: "ERROR";
  code: ErrorCode;
  message: string;
  id?: string | null;
  retry_after_s?: number | null;
}
