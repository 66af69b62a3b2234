// One visit to a room: ties door, socket, clock, player, roster and chat together.
//
// What comes in changes the signals (`inbox.ts`); what the user asks goes out (`commands.ts`,
// `chat.ts`). Playback is never changed here first: the server's state decides.

import { computed } from "@preact/signals";
import { api } from "../net/api";
import { RoomSocket, type SocketState, type WebSocketLike } from "../net/socket";
import { browserTimers, type Cancel, type Timers } from "../net/timers";
import { createPlayer } from "../players/create";
import { awaitSnapshot } from "../presence/roster";
import type { FromClient } from "../protocol.gen";
import { RoomClock } from "../sync/clock";
import { Chat } from "./chat";
import { Commands } from "./commands";
import { Door } from "./door";
import { Inbox } from "./inbox";
import { Playback } from "./playback";
import { StatusReport } from "./status";
import { canControl, createStore, isPlaying } from "./store";
import type { RoomSession } from "./types";

/** Everything outside that a session touches. */
export interface Surroundings {
  api: Pick<typeof api, "joinRoom" | "room" | "roomPlayback" | "actOnMember">;
  createPlayer: typeof createPlayer;
  timers: Timers;
  random: () => number;
  newId: () => string;
  open: (url: string) => WebSocketLike;
  /** Calls back when the network or the page comes back. */
  onWake: (callback: () => void) => Cancel;
}

/** Makes the session of the room `code`; nothing is asked or sent before `start()`. */
export function createRoomSession(code: string, outside: Surroundings = browser): RoomSession {
  const { timers } = outside;
  const store = createStore();
  const clock = new RoomClock();
  const send = (message: FromClient): void => socket.send(message);
  const roomNow = (): number => clock.roomTime(timers.now()) ?? Date.now();
  const common = { ...outside, code, store, clock, send, roomNow };

  const commands = new Commands(common);
  const chat = new Chat(common);
  const playback = new Playback({ ...common, commands });
  const inbox = new Inbox({ ...common, chat, playback });
  const door = new Door({ ...common, onOpen: (address) => socket.connect(address) });
  const connected = (state: SocketState): void => {
    store.connection.value = state;
    if (state.kind === "connecting") store.roster.value = awaitSnapshot(store.roster.peek());
    if (state.kind === "over") playback.stop();
  };
  const socket = new RoomSocket({
    ...outside,
    join: async () => {
      const address = await door.rejoin();
      // Behind a shut door nothing is to be heard of the room.
      if (address === null) playback.stop();
      return address;
    },
    onMessage: (message, receivedAt) => inbox.receive(message, receivedAt),
    onState: connected,
    onLost: (message) => inbox.lost(message),
  });
  const status = new StatusReport(common);
  const stopListening = outside.onWake(() => socket.wake());

  const { roster: _, ...data } = store;
  return {
    ...data,
    members: computed(() => store.roster.value.members),
    viewerCount: computed(() => store.roster.value.viewerCount),
    canControl: computed(() => canControl(store.you.value)),
    playing: computed(() => isPlaying(store)),

    start: () => door.enter(),
    submitPassword: (password) => door.submitPassword(password),
    dispose: () => {
      stopListening();
      for (const part of [door, socket, inbox, status, playback, commands]) part.dispose();
    },
    roomNow,

    play: () => commands.play(),
    // Where the picture is for the one who pauses, not where it is when the server hears it.
    pause: () => commands.pause(playback.position()),
    seek: (position) => commands.seek(position),
    setRate: (rate) => commands.setRate(rate),
    setSource: (source) => commands.setSource(source),

    sendChat: (text) => chat.say(text),
    resendChat: (id) => chat.sayAgain(id),

    transfer: (member) => commands.transfer(member),
    cohost: (member, on) => commands.cohost(member, on),
    kick: (member) => commands.kick(member),
    mute: (member, on) => commands.mute(member, on),
    ban: (member) => commands.ban(member),
    approve: (id) => void commands.decide(id, "approve"),
    reject: (id) => void commands.decide(id, "reject"),

    joinPlayback: () => playback.join(),
  };
}

function openSocket(path: string): WebSocketLike {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  // The handlers' own types name the whole event; here only its data and code are read.
  return new WebSocket(url) as WebSocketLike;
}

/** A random id. Not crypto.randomUUID: that is missing where a page comes over plain http. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function onWake(callback: () => void): Cancel {
  const shown = () => {
    if (document.visibilityState === "visible") callback();
  };
  addEventListener("online", callback);
  addEventListener("pageshow", callback);
  document.addEventListener("visibilitychange", shown);
  return () => {
    removeEventListener("online", callback);
    removeEventListener("pageshow", callback);
    document.removeEventListener("visibilitychange", shown);
  };
}

const browser: Surroundings = {
  api,
  createPlayer,
  timers: browserTimers,
  random: Math.random,
  newId,
  open: openSocket,
  onWake,
};
