// The room's states, from the lobby to the end.

import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { identity } from "../src/pages/account";
// Loaded here, so that a tab shows it at once.
import "../src/pages/room/queue/QueuePanel";
import { RoomView } from "../src/pages/room/RoomView";
import type { Player, PlayerError } from "../src/players/player";
import { damagedAt, FILE_MISSING } from "../src/players/videoErrors";
import type { Member, QueueItem } from "../src/protocol.gen";
import type { Playable } from "../src/rest.gen";
import type { OverReason, RoomSession } from "../src/session/types";
import { notify } from "../src/ui/notices";
import {
  ANA,
  BEN,
  CROWD,
  EPISODE,
  GUEST,
  INFO,
  LONG_CHAT,
  LONG_NAME,
  LONG_ROOM,
  MEMBERS,
  QUEUE,
  roomCard,
  STATE,
  UPLOAD,
  YOUTUBE,
} from "./people";
import { fakePlayer } from "./player";
import { answer } from "./server";
import { fakeSession } from "./session";
import { afterwards, press, type, write } from "./steps";

type Facts = Parameters<typeof fakeSession>[0];
type Show = () => VNode;

const VIEWER: Facts = { you: BEN, canControl: false };
const MINUTES = 60_000;

function view(session: RoomSession, details = roomCard({ source: UPLOAD })): VNode {
  return <RoomView code={INFO.code} session={session} details={signal(details)} />;
}

function room(facts?: Facts): Show {
  return () => {
    identity.is(GUEST);
    return view(fakeSession(facts));
  };
}

/** Presses the buttons that open a dialog or a tab, when the room is drawn. */
function pressed(show: Show, ...steps: (string | (() => void))[]): Show {
  return () => {
    answer({
      [`GET /rooms/${INFO.code}`]: { body: roomCard({ entry: "password" }) },
      [`GET /rooms/${INFO.code}/members`]: {
        body: { members: [], waiting: [], banned: [{ id: "max", name: LONG_NAME }] },
      },
    });
    afterwards(...steps.map((step) => (typeof step === "string" ? () => press(step) : step)));
    return show();
  };
}

/** Opens the player's menu, which has another name where the bar is narrow. */
const openMenu = () => press("Settings", "More controls");

function over(reason: OverReason): Show {
  return room({ connection: { kind: "over", reason } });
}

/** Before a room whose start is announced. */
function later(entry: RoomSession["entry"]["value"]): Show {
  const starts_at = new Date(Date.now() + 26 * 60 * MINUTES).toISOString();
  const details = { source: UPLOAD, source_title: "Sunday at the lake", starts_at };
  return () => view(fakeSession({ entry, members: [], room: null }), roomCard(details));
}

function failed(kind: PlayerError["kind"], message = ""): Show {
  return room({ player: null, playerError: { kind, message }, drift: null });
}

const nothing: Facts = {
  state: { ...STATE, source: null, playing: false, duration: null },
  player: null,
  position: 0,
  duration: null,
  drift: null,
  chat: [],
};

const entering: Facts = {
  ...nothing,
  playing: false,
  connection: { kind: "connecting" },
  room: null,
  you: null,
  canControl: false,
  state: null,
  members: [],
  viewerCount: 0,
};

const EVENING_MS = Date.now();

const HLS = "application/vnd.apple.mpegurl";
const WAY = { media_type: null, height: null, sizes: [], default: false };

const SUBTITLED: Playable = {
  ...{ kind: "file", url: "/film", expires_at: null, mime_type: "video/mp4", title: "A film" },
  only_where: null,
  storyboard_url: null,
  renditions: [
    { ...WAY, kind: "original", url: "/film", mime_type: "video/mp4", default: true },
    { ...WAY, kind: "hls", url: "/film.m3u8", mime_type: HLS, sizes: [360, 720] },
  ],
  subtitles: [
    { id: "s1", language: "en", label: "English", default: true, url: "/s1" },
    { id: "s2", language: "ar", label: "العربية", default: false, url: "/s2" },
    { id: "s3", language: "de", label: LONG_NAME, default: false, url: "/s3" },
  ],
};

/** One of our own players, which can show subtitles. */
function ownVideo(): Player {
  return { ...fakePlayer(), element: document.createElement("video") };
}

const waiting = [
  { id: "eli", name: "Eli" },
  { id: "max", name: LONG_NAME },
];

export const ROOM_STATES: Record<string, Show> = {
  "room-host": room(),
  "room-player-menu": pressed(room(), openMenu),
  "room-player-menu-viewer": pressed(
    room({ ...VIEWER, player: ownVideo(), playable: SUBTITLED }),
    openMenu,
  ),
  "room-choices": pressed(room(), openMenu, "Language"),
  "room-host-paused": room({ state: { ...STATE, playing: false }, playing: false }),
  "room-being-made": room({ state: { ...STATE, made_until: 754 } }),
  "room-viewer": room(VIEWER),
  "room-viewer-people": pressed(room(VIEWER), "People"),
  "room-long": room({
    room: { ...INFO, name: LONG_ROOM },
    state: { ...STATE, source: EPISODE, position: 35_999 },
    position: 35_999,
    duration: 36_060,
    drift: { ms: 830, settled: false },
    viewerCount: 1312,
    members: CROWD,
    chat: LONG_CHAT,
  }),
  "room-own-controls": room({
    state: { ...STATE, source: YOUTUBE },
    player: fakePlayer({ ownControls: true, rate: false }),
  }),
  "room-entering": room(entering),
  "room-entering-in-vain": room({
    ...entering,
    connection: { kind: "reconnecting", retryAt: performance.now() + 4000 },
  }),
  "room-nothing-host": room(nothing),
  "room-nothing-viewer": room({ ...nothing, ...VIEWER }),
  "room-loading": room({ player: null, drift: null }),
  "room-buffering": room({ player: fakePlayer({}, true), drift: { ms: -620, settled: false } }),
  "room-autoplay-blocked": room({ ...VIEWER, autoplayBlocked: true, drift: null }),
  "room-site-awaited": room({
    state: { ...STATE, source: YOUTUBE },
    player: fakePlayer({ ownControls: true }),
    site: "awaited",
    drift: null,
  }),
  "room-site-silent": room({ site: "silent", drift: null }),
  "room-embed-refused": failed("embed-refused"),
  "room-expired": failed("expired"),
  "room-network": failed("network"),
  "room-preparing": failed("preparing"),
  "room-unsupported": failed("unsupported"),
  "room-missing": failed("missing", FILE_MISSING.message),
  "room-damaged": failed("damaged", damagedAt(3723).message),
  "room-connecting": room({ connection: { kind: "connecting" }, player: null, drift: null }),
  "room-reconnecting": room({
    connection: { kind: "reconnecting", retryAt: performance.now() + 8000 },
  }),
  "room-reconnecting-paused": room({
    connection: { kind: "reconnecting", retryAt: performance.now() + 8000 },
    playing: false,
  }),
  "room-unavailable": room({ liveUnavailable: true }),
  "room-host-away": room({
    ...VIEWER,
    members: MEMBERS.slice(2),
    viewerCount: MEMBERS.length - 2,
    hostAway: { graceEndsAt: Date.now() + 2 * MINUTES },
  }),
  "room-host-away-closing": room({
    ...VIEWER,
    room: { ...INFO, succession: false },
    members: MEMBERS.slice(1),
    viewerCount: MEMBERS.length - 1,
    hostAway: { graceEndsAt: Date.now() + 2 * MINUTES },
  }),
  "room-host-away-kept": room({
    ...VIEWER,
    members: MEMBERS.slice(2),
    viewerCount: MEMBERS.length - 2,
    hostAway: { graceEndsAt: null },
  }),
  "room-host-away-people": pressed(
    room({
      ...VIEWER,
      members: MEMBERS.slice(1),
      hostAway: { graceEndsAt: Date.now() + 2 * MINUTES },
    }),
    "People",
  ),
  "room-held": room({
    ...VIEWER,
    playing: false,
    state: {
      ...STATE,
      playing: false,
      waiting: { for: ["ben", "max"], count: 4, until: Date.now() + 8_000 },
    },
  }),
  "room-held-crowd": room({
    playing: false,
    state: {
      ...STATE,
      playing: false,
      waiting: {
        for: ["cem", "ben", "max", "dee", "yuk"],
        count: 8,
        until: Date.now() + 8_000,
      },
    },
  }),
  "room-held-host": room({
    playing: false,
    state: {
      ...STATE,
      playing: false,
      waiting: { for: ["max"], count: 1, until: Date.now() + 8_000 },
    },
  }),
  "room-waiting-list": room({ waiting }),
  "room-waiting-later": room({
    waiting,
    playing: false,
    room: { ...INFO, starts_at: Date.now() + 26 * 60 * MINUTES },
  }),
  "room-waiting-people": pressed(room({ waiting }), "People"),
  "room-crowd": pressed(room({ members: CROWD, viewerCount: 1312 }), "People"),
  "room-long-you": pressed(room({ you: MEMBERS[3] as Member }), "People"),
  "room-person-menu": pressed(room(), "People", "Actions for Ben"),
  "room-chat-menu": pressed(
    room({
      you: MEMBERS[1] as Member,
      members: CROWD,
      viewerCount: 1312,
      chat: LONG_CHAT.slice(0, 8),
    }),
    "Chat",
    "Actions for Ben",
  ),
  "room-ban": pressed(room(), "People", "Actions for Ben", "Ban"),
  "room-speed": pressed(room({ state: { ...STATE, rate: 2 } }), openMenu, "Speed"),
  "room-queue": pressed(room(), "Queue"),
  "room-queue-episode": pressed(
    room({
      state: { ...STATE, source: EPISODE },
      queue: { ...QUEUE, items: [] },
    }),
    "Queue",
  ),
  "room-queue-menu": pressed(room(), "Queue", "Actions for A YouTube video"),
  "room-queue-setup": pressed(room(), "Queue", "Queue settings"),
  "room-queue-votes": pressed(
    room({
      ...VIEWER,
      voted: new Set(["q1"]),
      queue: {
        ...QUEUE,
        order: "votes",
        adding: "everyone",
        skipping: true,
        skip_votes: 2,
        autoplay: false,
      },
    }),
    "Queue",
  ),
  "room-queue-voted": pressed(
    room({
      ...VIEWER,
      votedToSkip: true,
      queue: { ...QUEUE, skipping: true, skip_votes: 1 },
    }),
    "Queue",
  ),
  "room-queue-voted-host": pressed(room({ queue: { ...QUEUE, skip_votes: 1 } }), "Queue"),
  "room-queue-empty-viewer": pressed(room({ ...VIEWER, queue: { ...QUEUE, items: [] } }), "Queue"),
  "room-queue-many": pressed(
    room({
      queue: {
        ...QUEUE,
        items: Array.from({ length: 200 }, (_, number) => ({
          ...(QUEUE.items[number % 5] as QueueItem),
          id: `many${number}`,
        })),
      },
    }),
    "Queue",
  ),
  "room-react": pressed(room(), "React"),
  "room-subtitles": pressed(
    room({ player: ownVideo(), playable: SUBTITLED }),
    openMenu,
    "Subtitles",
  ),
  "room-theatre": pressed(room(), () => type("t"), "Hide chat"),
  "room-theatre-knock": pressed(
    room({ waiting: waiting.slice(0, 1) }),
    () => type("t"),
    "Hide chat",
  ),
  "room-end": room({ position: 5412, playing: false }),
  "room-end-viewer": room({ ...VIEWER, position: 5412, playing: false, queue: null }),
  "room-next-soon": room({ position: 5405 }),
  "room-next-hostless": room({ ...VIEWER, members: [BEN], position: 5405 }),
  "room-end-hostless": room({ ...VIEWER, members: [BEN], position: 5412, playing: false }),
  "room-starts-later": pressed(
    room({ playing: false, room: { ...INFO, starts_at: EVENING_MS + 40 * 60 * MINUTES } }),
    "Invite",
  ),
  "room-comings": room({
    presenceChanges: [
      { at: 0, joined: [{ id: "x", name: LONG_NAME }], left: [] },
      { at: EVENING_MS, joined: [], left: [{ id: "y", name: "Dua" }] },
    ],
    chat: [
      {
        id: "m1",
        member: "ben",
        name: "Ben",
        text: "@Ana look at 12:34 again",
        at: EVENING_MS - 9,
        role: "viewer" as const,
      },
    ],
  }),
  "room-mention": pressed(room({ chat: LONG_CHAT }), "Chat", () => write("textarea", "@")),
  "room-too-long": pressed(room(), "Chat", () => write("textarea", "a long story ".repeat(70))),
  "room-muted": room({ ...VIEWER, you: { ...BEN, muted: true } }),
  "room-chat-closed": room({ ...VIEWER, room: { ...INFO, chat_open: false } }),
  "room-sync": pressed(room(), "In sync"),
  "room-invite": pressed(room(), "Invite"),
  "room-source": pressed(room(), "More", "Change video"),
  "room-settings": pressed(room(), "More", "Room settings"),
  "room-delete": pressed(room(), "More", "Room settings", "Delete room"),
  "room-keys": pressed(room(), "More", "Keyboard shortcuts"),
  "room-notice": () => {
    notify("Your room is ready. The invite link is copied: send it to your friends.");
    return room({ ...nothing, members: [ANA], viewerCount: 1 })();
  },
  "lobby-joining": room({ entry: { kind: "joining" } }),
  "lobby-name": room({ entry: { kind: "need-name" } }),
  "lobby-name-film": () =>
    view(
      fakeSession({ entry: { kind: "need-name" }, members: [], room: null }),
      roomCard({ source: UPLOAD, source_title: "Sunday at the lake", playing: true }),
    ),
  "lobby-name-later": later({ kind: "need-name" }),
  "lobby-password-later": later({ kind: "need-password", wrong: false }),
  "lobby-waiting-later": later({ kind: "waiting" }),
  "lobby-password": room({ entry: { kind: "need-password", wrong: false } }),
  "lobby-password-limited": room({ entry: { kind: "need-password", wrong: false, waitS: 9 } }),
  "lobby-password-wrong": room({ entry: { kind: "need-password", wrong: true } }),
  "lobby-waiting": room({ entry: { kind: "waiting" } }),
  "lobby-full": () => room({ entry: { kind: "full", retryAt: performance.now() + 12_500 } })(),
  "lobby-rejected": room({ entry: { kind: "refused", reason: "rejected" } }),
  "lobby-long": () =>
    view(
      fakeSession({ entry: { kind: "waiting" }, members: [], room: null }),
      roomCard({ name: LONG_ROOM, host: { id: "ana", name: LONG_NAME } }),
    ),
  "over-deleted": over("deleted"),
  "over-expired": over("expired"),
  "over-kicked": over("kicked"),
  "over-banned": over("banned"),
  "over-not-found": over("not-found"),
  "over-forbidden": over("forbidden"),
  "over-protocol": over("protocol"),
  "over-too-many": over("too-many"),
};
