// What each message of the server changes in the session.

import type { Cancel, Timers } from "../net/timers";
import { applyHost, applyPresence, applySnapshot } from "../presence/roster";
import type {
  ErrorMessage,
  FromClient,
  Member,
  RoomInfo,
  State,
  ToClient,
  Welcome,
} from "../protocol.gen";
import { limits } from "../protocol.gen";
import type { RoomClock } from "../sync/clock";
import { type Chat, refusal, seconds } from "./chat";
import { keyOf, type Playback } from "./playback";
import { canControl, type Store, say } from "./store";

export interface InboxOptions {
  timers: Timers;
  store: Store;
  clock: RoomClock;
  chat: Chat;
  playback: Playback;
  send: (message: FromClient) => void;
  newId: () => string;
}

/** While the live state is away: how often to ask whether it is back. */
const ASK_MS = 2_000;
/** What the user knows nothing of, and need not hear of when it fails. */
const ASKING = "ask-";

export class Inbox {
  private cancelAsking: Cancel = () => {};

  constructor(private readonly options: InboxOptions) {}

  receive(message: ToClient, receivedAt: number): void {
    const { store, clock, chat, playback } = this.options;
    if (message.type !== "PONG" && message.type !== "ERROR") this.available();
    switch (message.type) {
      case "WELCOME":
        this.welcome(message);
        break;
      case "PLAYBACK_STATE": {
        const { type: _type, id: _id, ...state } = message;
        playback.follow(state);
        break;
      }
      case "PRESENCE":
        store.roster.value = applyPresence(store.roster.peek(), message);
        this.meet([...message.joined, ...message.changed]);
        break;
      case "CHAT":
        chat.receive(message);
        break;
      case "HOST_DISCONNECTED":
        store.hostAway.value = { graceEndsAt: message.grace_ends_at };
        break;
      case "HOST_RECONNECTED":
        store.hostAway.value = null;
        break;
      case "HOST_CHANGED":
        this.hostChanged(message.host);
        break;
      case "ROOM_CHANGED":
        this.setRoom(message.room);
        break;
      case "WAITING":
        store.waiting.value = message.waiting;
        break;
      case "PONG":
        clock.add({ t0: message.t0, t1: message.t1, t2: message.t2, t3: receivedAt });
        store.clock.value = clock.reading;
        break;
      case "ERROR":
        this.refused(message);
        break;
    }
  }

  /** A message that was never answered and will not be sent again. */
  lost(message: FromClient): void {
    const { store, chat } = this.options;
    const id = message.id ?? "";
    if (id.startsWith(ASKING)) return;
    if (chat.fail(id, "Not sent: the connection was lost.")) return;
    say(store, "The room did not hear you. Try again.");
  }

  dispose(): void {
    this.cancelAsking();
  }

  private welcome({ room, you, state, members, viewer_count, chat, waiting }: Welcome): void {
    const { store, playback } = this.options;
    this.setRoom(room);
    store.you.value = you;
    this.remind(state);
    store.roster.value = applySnapshot(store.roster.peek(), { members, viewer_count });
    store.waiting.value = waiting;
    this.options.chat.welcome(chat);
    playback.adopt(state);
  }

  /** Tells a room that may have lost everything where it was when we last knew. */
  private remind(state: State): void {
    const { store, playback, send, newId } = this.options;
    const known = store.state.peek();
    if (known === null || !canControl(store.you.peek()) || state.revision <= known.revision) return;
    if (state.source === null || known.source === null) return;
    if (keyOf(state.source) !== keyOf(known.source)) return;
    const position = Math.min(limits.position_s, playback.position());
    const { revision } = known;
    // With an id it is kept until the connection, which has just begun, takes messages.
    const id = `${ASKING}${newId()}`;
    send({ type: "STATUS", id, position, buffering: false, drift_ms: 0, revision });
  }

  private setRoom(room: RoomInfo): void {
    const { store } = this.options;
    store.room.value = room;
    const { grace_ends_at: graceEndsAt } = room;
    store.hostAway.value = graceEndsAt === null ? null : { graceEndsAt };
  }

  private hostChanged(host: string): void {
    const { store } = this.options;
    store.hostAway.value = null;
    store.roster.value = applyHost(store.roster.peek(), host);
    const room = store.room.peek();
    if (room !== null) store.room.value = { ...room, host };
    const you = store.you.peek();
    if (you === null) return;
    if (you.id === host) this.meet([{ ...you, role: "host" }]);
    else if (you.role === "host") this.meet([{ ...you, role: "viewer" }]);
  }

  /** Finds the visitor himself among `members` and tells him what he may do now. */
  private meet(members: readonly Member[]): void {
    const { store } = this.options;
    const before = store.you.peek();
    const now = members.findLast(({ id }) => id === before?.id);
    if (before === null || now === undefined) return;
    store.you.value = now;
    if (now.role === before.role) return;
    if (now.role === "host") say(store, "You are the host now.");
    else if (now.role === "cohost") say(store, "You can control playback now.");
    if (!canControl(now)) store.waiting.value = [];
  }

  private refused(error: ErrorMessage): void {
    const { store, chat } = this.options;
    const id = error.id ?? "";
    if (error.code === "unavailable") this.unavailable();
    if (id.startsWith(ASKING) || chat.fail(id, refusal(error))) return;
    if (error.code === "rate_limited") {
      say(store, `You are doing that too fast. Try again in ${seconds(error)}\u00a0s.`);
    } else if (error.code !== "unavailable" || id !== "") {
      say(store, error.message);
    }
  }

  /** Asks again and again until something else than this error comes. */
  private unavailable(): void {
    const { store, timers, send, newId } = this.options;
    store.liveUnavailable.value = true;
    this.cancelAsking();
    this.cancelAsking = timers.after(ASK_MS, () => {
      send({ type: "SYNC", id: `${ASKING}${newId()}` });
    });
  }

  private available(): void {
    this.cancelAsking();
    this.options.store.liveUnavailable.value = false;
  }
}
