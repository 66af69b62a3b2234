// One handler for each message from the server: how it changes the session.

import { batch } from "@preact/signals";
import { t, translated } from "../language/t";
import { answeredId } from "../net/pending";
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
import { spokenTime } from "../ui/time";
import { type Chat, refusal, seconds } from "./chat";
import type { Commands } from "./commands";
import type { Playback } from "./playback";
import { noted } from "./presenceChanges";
import type { Queue } from "./queue";
import { keyOf } from "./sourceKey";
import { canControl, canModerate, type Store, showNotice, slowMode_s } from "./store";

export interface MessageHandlersOptions {
  timers: Timers;
  store: Store;
  clock: RoomClock;
  commands: Commands;
  chat: Chat;
  playback: Playback;
  queue: Queue;
  send: (message: FromClient) => void;
  newId: () => string;
  roomNow: () => number;
}

/** How often to ask whether the live state is available again. */
const ASK_MS = 2_000;
/** Prefix of the ids of our own requests, whose failures are not shown to the user. */
const ASKING = "ask-";

export class MessageHandlers {
  private cancelAsking: Cancel = () => {};

  constructor(private readonly options: MessageHandlersOptions) {}

  receive(message: ToClient, receivedAt: number): void {
    const { store, clock, commands, chat, playback, queue } = this.options;
    const answered = answeredId(message);
    if (answered !== null) {
      commands.answered(answered);
      if (message.type === "ERROR") queue.refused(answered);
      else queue.answered(answered);
    }
    if (message.type !== "PONG" && message.type !== "ERROR") this.available();
    switch (message.type) {
      case "WELCOME":
        // In one batch, so that nobody sees half a room.
        batch(() => this.welcome(message));
        break;
      case "PLAYBACK_STATE": {
        const { type: _type, id: _id, ...state } = message;
        playback.follow(state);
        queue.follow(state);
        break;
      }
      case "PRESENCE":
        store.presenceChanges.value = noted(
          store.presenceChanges.peek(),
          store.roster.peek(),
          message,
          {
            at: this.options.roomNow(),
            you: store.you.peek()?.id ?? "",
          },
        );
        store.roster.value = applyPresence(store.roster.peek(), message);
        this.updateYou([...message.joined, ...message.changed]);
        break;
      case "QUEUE":
        queue.receive(message);
        break;
      case "REACTIONS": {
        const id = (store.reactions.peek()?.id ?? 0) + 1;
        store.reactions.value = { id, counts: message.counts };
        break;
      }
      case "CHAT":
        chat.receive(message);
        break;
      case "CHAT_DELETED":
        chat.remove(message.id);
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

  /** Handles a message that was never answered and is not sent again. */
  lost(message: FromClient): void {
    const { store, commands, chat, queue } = this.options;
    const id = message.id ?? "";
    commands.answered(id);
    queue.refused(id);
    if (id.startsWith(ASKING)) return;
    if (chat.fail(id, t("Not sent: the connection was lost."))) return;
    showNotice(store, t("Your last action was lost. Try again."));
  }

  dispose(): void {
    this.cancelAsking();
  }

  private welcome(message: Welcome): void {
    const { room, you, state, members, viewer_count, chat, waiting } = message;
    const { store, playback, queue } = this.options;
    this.setRoom(room);
    store.you.value = you;
    this.reportKnownPosition(state);
    store.roster.value = applySnapshot(store.roster.peek(), { members, viewer_count });
    store.waiting.value = waiting;
    this.options.chat.welcome(chat);
    queue.welcome(message.queue);
    queue.follow(state);
    playback.adopt(state);
    // The server does not know it about a new connection.
    if (!store.waitsForMe.peek())
      this.options.send({ type: "WAIT_FOR_ME", on: false, id: this.options.newId() });
  }

  /** Reports our last known position to a room whose live state may have been lost. */
  private reportKnownPosition(state: State): void {
    const { store, playback, send, newId } = this.options;
    const known = store.state.peek();
    if (known === null || !canControl(store) || state.revision <= known.revision) return;
    if (state.source === null || known.source === null) return;
    if (keyOf(state.source) !== keyOf(known.source)) return;
    const position = Math.min(limits.position_s, playback.position());
    const { revision } = known;
    // With an id it is kept until the new connection accepts messages.
    const id = `${ASKING}${newId()}`;
    send({ type: "STATUS", id, position, buffering: false, drift_ms: 0, revision });
  }

  private setRoom(room: RoomInfo): void {
    const { store } = this.options;
    const before = store.room.peek();
    store.room.value = room;
    if (before !== null && before.control !== room.control && !canModerate(store.you.peek()))
      showNotice(
        store,
        room.control === "everyone"
          ? t("Everyone can control playback now.")
          : t("Only the host and co-hosts can control playback now."),
      );
    store.hostAway.value = room.status === "GRACE" ? { graceEndsAt: room.grace_ends_at } : null;
  }

  private hostChanged(host: string): void {
    const { store } = this.options;
    store.hostAway.value = null;
    store.roster.value = applyHost(store.roster.peek(), host);
    const room = store.room.peek();
    if (room !== null) store.room.value = { ...room, host };
    const you = store.you.peek();
    if (you === null) return;
    if (you.id === host) this.updateYou([{ ...you, role: "host" }]);
    else if (you.role === "host") this.updateYou([{ ...you, role: "viewer" }]);
  }

  /** Updates the visitor from `members`, and shows what they may do now. */
  private updateYou(members: readonly Member[]): void {
    const { store } = this.options;
    const before = store.you.peek();
    const now = members.findLast(({ id }) => id === before?.id);
    if (before === null || now === undefined) return;
    store.you.value = now;
    if (now.role === before.role) return;
    if (now.role === "host") showNotice(store, t("You are the host now."));
    else if (now.role === "cohost") showNotice(store, t("You can control playback now."));
    if (!canModerate(now)) store.waiting.value = [];
  }

  private refused(error: ErrorMessage): void {
    const { store, chat } = this.options;
    const id = error.id ?? "";
    if (error.code === "unavailable") this.unavailable();
    if (id.startsWith(ASKING) || chat.fail(id, refusal(error, slowMode_s(store) > 0))) return;
    if (error.code === "rate_limited") {
      showNotice(
        store,
        t("You are doing that too fast. Try again in {{wait}}.", {
          wait: spokenTime(seconds(error)),
        }),
      );
    } else if (error.code !== "unavailable" || id !== "") {
      showNotice(store, translated(error.message));
    }
  }

  /** Keeps asking until an answer other than this error comes. */
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
