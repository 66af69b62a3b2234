// A room for tests of the session: a scripted server, fake players and fake timers.
//
// `beforeEach(setUp)` makes everything new, so the exports belong to the current test.

import { expect, vi } from "vitest";
import { type Api, ApiError } from "../net/api";
import type { ErrorCode } from "../net/errors";
import { FakeServer } from "../net/server.fake";
import { FakeTimers } from "../net/timers.fake";
import type { Player } from "../players/player";
import type { FromClient, Member, PlaybackSource, State } from "../protocol.gen";
import type { Playable, PlaybackOut, RoomOut } from "../rest.gen";
import { COARSE, FakePlayer } from "../sync/player.fake";
import { createRoomSession } from "./room";
import type { RoomSession } from "./types";

export const SOURCE: PlaybackSource = {
  provider: "library",
  media_type: "movie",
  external_id: "film",
  season: null,
  episode: null,
  supports_events: true,
  supports_progress: true,
  capabilities: { seek: true, pause: true, resume: true, autoplay: true },
};

export const ANA: Member = {
  id: "ana",
  name: "Ana",
  role: "host",
  muted: false,
  buffering: false,
  drift_ms: null,
};

export let timers: FakeTimers;
export let server: FakeServer;
export let session: RoomSession;
export let players: FakePlayer[];
/** The addresses for which players were made. */
export let played: string[];
let ids: number;
let make: () => Promise<Player>;
export const joinRoom = vi.fn<FakeServer["joinRoom"]>();
export const roomPlayback =
  vi.fn<(code: string, throughServer?: boolean) => Promise<PlaybackOut>>();
export const readRoom = vi.fn<() => Promise<RoomOut>>();
const actOnMember = vi.fn<() => Promise<void>>();
export const admitWaiting = vi.fn<Api["admitWaiting"]>();
const rejectWaiting = vi.fn<Api["rejectWaiting"]>();

export function stateOf(change: Partial<State> = {}): State {
  return {
    revision: 1,
    playing: false,
    position: 0,
    rate: 1,
    at: 0,
    source: SOURCE,
    source_revision: 0,
    chosen_by: null,
    by: null,
    duration: null,
    made_until: null,
    unloaded: null,
    waiting: null,
    subtitle: null,
    ...change,
  };
}

/** An answer of GET /rooms/{code}/playback. */
export function playbackOf(
  playable: Partial<Playable>,
  rest: Partial<PlaybackOut> = {},
): PlaybackOut {
  return {
    source: SOURCE,
    playable: {
      kind: "file",
      url: "/film",
      expires_at: null,
      mime_type: "video/mp4",
      title: null,
      only_where: null,
      subtitles: [],
      storyboard_url: null,
      renditions: [],
      ...playable,
    },
    problem: null,
    state: stateOf(),
    server_time: 0,
    ...rest,
  };
}

export function tell(change: Partial<State & { id: string }>): void {
  server.send({ type: "PLAYBACK_STATE", ...stateOf(change) });
}

export const sent = (type: FromClient["type"]) =>
  server.received.filter((message) => message.type === type);
export const refuse = (status: number, code: ErrorCode, retryAfterS: number | null = null) =>
  joinRoom.mockRejectedValueOnce(new ApiError(status, code, code, {}, retryAfterS));
export const entry = () => session.entry.value.kind;

/** Storage that survives a reload. */
let stored: Map<string, string>;
const storage = {
  getItem: (key: string) => stored.get(key) ?? null,
  setItem: (key: string, value: string) => void stored.set(key, value),
};

export function setUp(): void {
  stored = new Map();
  reload();
}

/** Makes everything new except what the browser stores. */
export function reload(): void {
  timers = new FakeTimers(1_000);
  server = new FakeServer(timers);
  server.welcome = { you: ANA, members: [ANA], state: stateOf() };
  players = [];
  played = [];
  ids = 0;
  make = () => {
    const player = new FakePlayer(timers, COARSE);
    player.duration = 600;
    players.push(player);
    return Promise.resolve(player);
  };
  joinRoom.mockReset().mockImplementation(server.joinRoom);
  roomPlayback.mockReset().mockResolvedValue(playbackOf({}));
  readRoom.mockReset().mockResolvedValue({ code: "abc" } as RoomOut);
  actOnMember.mockReset().mockResolvedValue();
  admitWaiting.mockReset().mockResolvedValue();
  rejectWaiting.mockReset().mockResolvedValue();
  const refused = new Set<string>();
  session = createRoomSession("abc", {
    api: { joinRoom, room: readRoom, roomPlayback, actOnMember, admitWaiting, rejectWaiting },
    takeJoin: () => null,
    createPlayer: (_source, { url }) => {
      played.push(url);
      return make();
    },
    canPlayHere: (mediaType) => !mediaType.includes("hvc1") && !refused.has(mediaType),
    noteRefusal: (mediaType) => refused.add(mediaType),
    kept: storage,
    timers,
    isHidden: () => false,
    random: () => 0.5,
    newId: () => `id${++ids}`,
    open: server.open,
    onWake: () => () => {},
  });
}

/** Lets `factory` make the next players. */
export function makePlayersBy(factory: () => Promise<Player>): void {
  make = factory;
}

export async function enter(): Promise<void> {
  session.start();
  await timers.run(1_000);
  expect(session.connection.value.kind).toBe("live");
}

/** Makes new links valid for this long, by the server's clock. */
export const linksLast = (seconds: number, url: string) =>
  roomPlayback.mockResolvedValue(
    playbackOf(
      { url, expires_at: new Date(5_000_000 + seconds * 1_000).toISOString() },
      { server_time: 5_000_000 },
    ),
  );
