// One visit to a room: connects admission, socket, clock, player, roster and chat.
//
// Messages from the server change the signals (`handlers.ts`). The user's commands are sent by
// `commands.ts` and `chat.ts`. Playback is never changed here first: the server's state decides.

import { computed } from "@preact/signals";
import { api } from "../net/api";
import { RoomSocket, type SocketState, type WebSocketLike } from "../net/socket";
import { browserTimers, type Cancel, type Timers } from "../net/timers";
import { canPlayHere, createPlayer, noteRefusal } from "../players/create";
import { awaitSnapshot } from "../presence/roster";
import type { FromClient } from "../protocol.gen";
import { siteData } from "../siteData";
import { RoomClock } from "../sync/clock";
import { Admission } from "./admission";
import { takeJoin } from "./arrival";
import { Chat } from "./chat";
import { Commands } from "./commands";
import { MessageHandlers } from "./handlers";
import { Playback } from "./playback";
import { Queue } from "./queue";
import { StatusReport } from "./status";
import { canControl, createStore, isPlaying } from "./store";
import type { RoomSession } from "./types";
import { isWaitedFor, type Kept } from "./waitOptOut";

/** Everything that a session needs from outside. */
export interface Dependencies {
  api: Pick<
    typeof api,
    "joinRoom" | "room" | "roomPlayback" | "actOnMember" | "admitWaiting" | "rejectWaiting"
  >;
  /** Returns the join response if it was embedded in the page. */
  takeJoin: typeof takeJoin;
  createPlayer: typeof createPlayer;
  canPlayHere: typeof canPlayHere;
  noteRefusal: typeof noteRefusal;
  /** Storage that survives a reload. */
  kept: Kept;
  timers: Timers;
  /** Whether the page is hidden. */
  isHidden: () => boolean;
  random: () => number;
  newId: () => string;
  open: (url: string) => WebSocketLike;
  /** Registers a callback for when the network or the page comes back. */
  onWake: (callback: () => void) => Cancel;
}

/** Creates the session for the room `code`. It sends nothing before `start()`. */
export function createRoomSession(code: string, outside: Dependencies = browser): RoomSession {
  const { timers } = outside;
  const store = createStore();
  store.waitsForMe.value = isWaitedFor(outside.kept, code);
  const clock = new RoomClock();
  const send = (message: FromClient): void => socket.send(message);
  const roomNow = (): number => clock.roomTime(timers.now()) ?? Date.now();
  const common = { ...outside, code, store, clock, send, roomNow };

  const commands = new Commands(common);
  const chat = new Chat(common);
  const playback = new Playback({ ...common, commands });
  const queue = new Queue(common);
  const handlers = new MessageHandlers({ ...common, commands, chat, playback, queue });
  const admission = new Admission({
    ...common,
    onOpen: (address, joined) => {
      socket.connect(address);
      playback.begin(joined);
    },
  });
  const connected = (state: SocketState): void => {
    store.connection.value = state;
    if (state.kind === "connecting") store.roster.value = awaitSnapshot(store.roster.peek());
    if (state.kind === "over") playback.stop();
  };
  const socket = new RoomSocket({
    ...outside,
    join: async () => {
      const address = await admission.rejoin();
      // Without admission, nothing of the room may be heard.
      if (address === null) playback.stop();
      return address;
    },
    onMessage: (message, receivedAt) => handlers.receive(message, receivedAt),
    onState: connected,
    onLost: (message) => handlers.lost(message),
  });
  const status = new StatusReport(common);
  const stopListening = outside.onWake(() => socket.wake());

  const { roster: _, ...data } = store;
  return {
    ...data,
    members: computed(() => store.roster.value.members),
    viewerCount: computed(() => store.roster.value.viewerCount),
    canControl: computed(() => canControl(store)),
    playing: computed(() => isPlaying(store)),

    start: () => admission.enter(),
    submitPassword: (password) => admission.submitPassword(password),
    dispose: () => {
      stopListening();
      for (const part of [admission, socket, handlers, status, playback, commands, queue])
        part.dispose();
    },
    roomNow,

    play: () => commands.play(),
    // The position that the person sees when pausing, not when the server receives it.
    pause: () => commands.pause(store.asked.peek() ?? playback.position()),
    seek: (position) => commands.seek(position),
    skip: (seconds) => playback.skip(seconds),
    setRate: (rate) => commands.setRate(rate),
    setSource: (source) => commands.setSource(source),
    showSubtitles: (track) => commands.showSubtitles(track),
    refreshSubtitles: () => void playback.refreshSubtitles(),

    waitForMe: (on) => commands.waitForMe(on),
    next: (item) => queue.next(item),
    removeItem: (item) => queue.remove(item),
    moveItem: (item, before) => queue.move(item, before),
    clearQueue: () => queue.clear(),
    voteFor: (item, on) => queue.vote(item, on),
    setQueue: (settings) => queue.set(settings),
    voteToSkip: (on) => queue.voteToSkip(on),

    react: (emoji) => commands.react(emoji),

    sendChat: (text) => chat.send(text),
    resendChat: (id) => chat.resend(id),

    transfer: (member) => commands.transfer(member),
    cohost: (member, on) => commands.cohost(member, on),
    kick: (member) => commands.kick(member),
    mute: (member, on) => commands.mute(member, on),
    ban: (member) => commands.ban(member),
    deleteChat: (id) => commands.deleteChat(id),
    approve: (id) => void commands.decide(id, "approve"),
    reject: (id) => void commands.decide(id, "reject"),
    approveAll: (ids) => void commands.decideAll(ids, "approve"),
    rejectAll: (ids) => void commands.decideAll(ids, "reject"),

    setQuality: (quality) => playback.setQuality(quality),
    joinPlayback: () => playback.join(),
  };
}

function openSocket(path: string): WebSocketLike {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  // The browser's types have the whole event; only its data and code are used here.
  return new WebSocket(url) as WebSocketLike;
}

/** A random id. Not crypto.randomUUID, which is missing on pages over plain http. */
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

const browser: Dependencies = {
  api,
  takeJoin,
  createPlayer,
  canPlayHere,
  noteRefusal,
  kept: siteData,
  timers: browserTimers,
  isHidden: () => document.hidden,
  random: Math.random,
  newId,
  open: openSocket,
  onWake,
};
