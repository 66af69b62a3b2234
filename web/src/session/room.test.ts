import { beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError, type Join, type RoomPlayback } from "../net/api";
import { FakeServer } from "../net/server.fake";
import { FakeTimers } from "../net/timers.fake";
import { NoPlayer, type Player } from "../players/player";
import type { FromClient, Member, PlaybackSource, State } from "../protocol.gen";
import { COARSE, FakePlayer } from "../sync/player.fake";
import { createRoomSession } from "./room";
import type { RoomSession } from "./types";

const SOURCE: PlaybackSource = {
  provider: "library",
  media_type: "movie",
  external_id: "film",
  season: null,
  episode: null,
  supports_events: true,
  supports_progress: true,
  capabilities: { seek: true, pause: true, resume: true, autoplay: true },
};

const ANA: Member = {
  id: "ana",
  name: "Ana",
  role: "host",
  muted: false,
  buffering: false,
  drift_ms: null,
};

let timers: FakeTimers;
let server: FakeServer;
let session: RoomSession;
let players: FakePlayer[];
let ids: number;
let make: () => Promise<Player>;
const joinRoom = vi.fn<FakeServer["joinRoom"]>();
const roomPlayback = vi.fn<() => Promise<RoomPlayback>>();
const actOnMember = vi.fn<() => Promise<void>>();

function stateOf(change: Partial<State> = {}): State {
  return {
    revision: 1,
    playing: false,
    position: 0,
    rate: 1,
    at: 0,
    source: SOURCE,
    by: null,
    duration: null,
    ...change,
  };
}

function tell(change: Partial<State>): void {
  server.send({ type: "PLAYBACK_STATE", ...stateOf(change) });
}

const sent = (type: FromClient["type"]) =>
  server.received.filter((message) => message.type === type);
const refuse = (status: number, code: string, retryAfterS: number | null = null) =>
  joinRoom.mockRejectedValueOnce(new ApiError(status, code, code, {}, retryAfterS));
const entry = () => session.entry.value.kind;

beforeEach(() => {
  timers = new FakeTimers(1_000);
  server = new FakeServer(timers);
  server.welcome = { you: ANA, members: [ANA], state: stateOf() };
  players = [];
  ids = 0;
  make = () => {
    const player = new FakePlayer(timers, COARSE);
    player.duration = 600;
    players.push(player);
    return Promise.resolve(player);
  };
  joinRoom.mockReset().mockImplementation(server.joinRoom);
  roomPlayback.mockReset().mockResolvedValue({
    source: SOURCE,
    playable: { kind: "file", url: "/film", expires_at: null, mime_type: "video/mp4" },
    state: null,
    server_time: 0,
  });
  actOnMember.mockReset().mockResolvedValue();
  session = createRoomSession("abc", {
    api: { joinRoom, roomPlayback, actOnMember },
    createPlayer: () => make(),
    timers,
    random: () => 0.5,
    newId: () => `id${++ids}`,
    open: server.open,
    onWake: () => () => {},
  });
});

async function enter(): Promise<void> {
  session.start();
  await timers.run(1_000);
  expect(session.connection.value.kind).toBe("live");
}

describe("the door", () => {
  test.each([
    [401, "not_authenticated", "need-name"],
    [403, "wrong_password", "need-password"],
    [403, "banned", "refused"],
    [403, "rejected", "refused"],
    [404, "no_such_room", "not-found"],
    [409, "room_full", "full"],
    [409, "room_over", "over"],
  ])("answers %i %s with %s, and start() tries again", async (status, code, kind) => {
    refuse(status, code);
    session.start();
    await timers.run(60_000);
    expect(entry()).toBe(kind);
    expect(server.opened).toBe(0);
    await enter();
    expect(entry()).toBe("joined");
  });

  test("says whether a password was wrong or only missing, and keeps the right one", async () => {
    refuse(403, "wrong_password");
    session.start();
    await timers.run(10);
    expect(session.entry.value).toEqual({ kind: "need-password", wrong: false });
    refuse(403, "wrong_password");
    session.submitPassword("nope");
    await timers.run(10);
    expect(session.entry.value).toEqual({ kind: "need-password", wrong: true });
    session.submitPassword("sesame");
    await timers.run(6_000);
    server.drop(4401);
    await timers.run(1_000);
    expect(joinRoom.mock.lastCall).toEqual(["abc", "sesame"]);
    expect(session.connection.value.kind).toBe("live");
  });

  test("asks every two seconds while the host decides", async () => {
    joinRoom.mockResolvedValue({ status: "pending", ticket: null, ws_url: null });
    session.start();
    await timers.run(9_000);
    expect(entry()).toBe("waiting");
    expect(joinRoom).toHaveBeenCalledTimes(5);
    joinRoom.mockImplementation(server.joinRoom);
    await timers.run(2_100);
    expect(session.connection.value.kind).toBe("live");
  });

  test("tries again by itself when the server is away or busy", async () => {
    refuse(0, "offline");
    refuse(429, "rate_limited", 7);
    session.start();
    await timers.run(5_000);
    expect(session.connection.value).toMatchObject({ kind: "reconnecting" });
    expect(joinRoom).toHaveBeenCalledTimes(2);
    await timers.run(3_000);
    expect(session.connection.value.kind).toBe("live");
  });
});

describe("playback", () => {
  test("follows newer states and drops older ones", async () => {
    await enter();
    tell({ revision: 5, position: 50 });
    tell({ revision: 4, position: 40 });
    expect(session.state.value?.position).toBe(50);
  });

  test("takes WELCOME for the truth even when its revision is lower", async () => {
    await enter();
    tell({ revision: 5, position: 50 });
    server.drop(1006);
    await timers.run(1_000);
    expect(session.state.value?.revision).toBe(1);
  });

  test("changes the player only when the work changes", async () => {
    await enter();
    tell({ revision: 2, position: 10 });
    await timers.run(100);
    expect(players).toHaveLength(1);
    const other = { ...SOURCE, external_id: "other" };
    roomPlayback.mockResolvedValue({
      source: other,
      playable: { kind: "file", url: "/other", expires_at: null, mime_type: null },
      state: null,
      server_time: 0,
    });
    tell({ revision: 3, source: other });
    await timers.run(100);
    expect(players.map(({ disposed }) => disposed)).toEqual([true, false]);
    tell({ revision: 4, source: null });
    expect(session.player.value).toBeNull();
  });

  test("fetches an expired link again and goes on where the room is", async () => {
    await enter();
    tell({ revision: 2, playing: true, position: 100, at: timers.now() + server.offsetMs });
    await timers.run(20_000);
    players[0]?.emit("error", { fromUser: false, error: { kind: "expired", message: "Expired." } });
    await timers.run(3_000);
    expect(session.playerError.value).toBeNull();
    expect(players).toHaveLength(2);
    expect(players[1]?.currentTime).toBeCloseTo(123, 0);
  });

  test("shows a failure that stays, and goes on trying", async () => {
    await enter();
    const fail = () =>
      players
        .at(-1)
        ?.emit("error", { fromUser: false, error: { kind: "network", message: "No." } });
    for (let again = 0; again < 5; again++) {
      fail();
      await timers.run(9_000);
    }
    expect(players.length).toBe(6);
    make = () => Promise.reject(new NoPlayer({ kind: "unsupported", message: "Not here." }));
    fail();
    await timers.run(60_000);
    expect(session.playerError.value).toMatchObject({ kind: "unsupported" });
  });

  test("of a host in the provider's own controls becomes commands", async () => {
    await enter();
    players[0]?.userDoes("play", 12);
    players[0]?.userDoes("seeked", 80);
    await timers.run(50);
    expect(sent("PLAY")).toMatchObject([{ position: 12 }]);
    expect(sent("SEEK")).toMatchObject([{ position: 80 }]);
  });

  test("of a viewer in them is put back, and he is told why", async () => {
    server.welcome = { ...server.welcome, you: { ...ANA, role: "viewer" } };
    await enter();
    players[0]?.userDoes("play", 12);
    await timers.run(500);
    expect(players[0]?.paused).toBe(true);
    expect(server.received.every(({ type }) => type === "PING" || type === "STATUS")).toBe(true);
    expect(session.notice.value?.text).toBe("Only the host can play, pause or seek.");
  });

  test("commands of a viewer are not even sent", async () => {
    server.welcome = { ...server.welcome, you: { ...ANA, role: "viewer" } };
    await enter();
    session.play();
    session.seek(9);
    await timers.run(50);
    expect([...sent("PLAY"), ...sent("SEEK")]).toEqual([]);
    expect(session.canControl.value).toBe(false);
  });

  test("asks for a gesture when the browser blocks it, and joins in sync with one", async () => {
    await enter();
    const player = players[0];
    if (player) player.blocked = true;
    tell({ revision: 2, playing: true, position: 30, at: timers.now() + server.offsetMs });
    await timers.run(3_000);
    expect(session.autoplayBlocked.value).toBe(true);
    if (player) player.blocked = false;
    session.joinPlayback();
    await timers.run(5_000);
    expect(session.autoplayBlocked.value).toBe(false);
    expect(Math.abs((player?.currentTime ?? 0) - session.position.value)).toBeLessThan(1);
  });

  test("is asked to seek a few times a second at most, and in the end to the last place", async () => {
    await enter();
    for (let step = 1; step <= 60; step++) {
      session.seek(step * 5);
      await timers.run(33);
    }
    await timers.run(500);
    expect(sent("SEEK").length).toBeLessThanOrEqual(12);
    expect(sent("SEEK")[0]).toMatchObject({ position: 5 });
    expect(sent("SEEK").at(-1)).toMatchObject({ position: 300 });
  });

  test("ends when the door of a lost room stays shut, and begins anew when it opens", async () => {
    await enter();
    refuse(403, "wrong_password");
    server.drop(4401);
    await timers.run(1_000);
    expect(entry()).toBe("need-password");
    expect(players[0]?.disposed).toBe(true);
    session.submitPassword("sesame");
    await timers.run(1_000);
    expect(session.connection.value.kind).toBe("live");
    expect(players.map(({ disposed }) => disposed)).toEqual([true, false]);
  });

  test("keeps its sound off when the player is made anew", async () => {
    await enter();
    players[0]?.setMuted(true);
    players[0]?.emit("error", { fromUser: false, error: { kind: "expired", message: "Expired." } });
    await timers.run(3_000);
    expect(players.map(({ muted }) => muted)).toEqual([true, true]);
  });

  test.each([
    [401, "not_authenticated", "expired"],
    [403, "members_only", "expired"],
    [404, "no_such_video", "missing"],
    [422, "unresolvable", "unsupported"],
  ])("that is answered %i %s is %s", async (status, code, kind) => {
    roomPlayback.mockRejectedValue(new ApiError(status, code, code));
    await enter();
    await timers.run(30_000);
    expect(session.playerError.value).toMatchObject({ kind });
  });

  test("goes on while the connection is lost and ends when the room is over", async () => {
    await enter();
    tell({ revision: 2, playing: true, position: 0, at: timers.now() + server.offsetMs });
    await timers.run(1_000);
    server.up = false;
    server.drop(1006);
    await timers.run(60_000);
    expect(players[0]?.paused).toBe(false);
    server.up = true;
    await timers.run(9_000);
    server.send({ type: "ROOM_CLOSED", reason: "deleted" });
    server.drop(4410);
    expect(session.connection.value).toEqual({ kind: "over", reason: "deleted" });
    expect(players[0]?.disposed).toBe(true);
  });
});

describe("chat", () => {
  const lines = () =>
    session.chat.value.map(({ text, pending, failed }) => ({ text, pending, failed }));

  test("shows a line at once and once, also when its answer comes twice", async () => {
    await enter();
    session.sendChat("  hello  ");
    expect(lines()).toEqual([{ text: "hello", pending: true, failed: undefined }]);
    const answer = { id: "7", member: "ana", name: "Ana", text: "hello", at: 5, client_id: "id1" };
    server.send({ type: "CHAT", ...answer });
    server.send({ type: "CHAT", ...answer });
    expect(session.chat.value).toEqual([
      { id: "7", member: "ana", name: "Ana", text: "hello", at: 5 },
    ]);
  });

  test("says why a line was refused and sends it again when asked", async () => {
    await enter();
    session.sendChat("hello");
    server.send({
      type: "ERROR",
      code: "rate_limited",
      message: "",
      id: "id1",
      retry_after_s: 7.2,
    });
    expect(lines()).toEqual([
      {
        text: "hello",
        pending: undefined,
        failed: "You are sending too fast. Try again in 8 s.",
      },
    ]);
    session.resendChat("id1");
    expect(lines()).toEqual([{ text: "hello", pending: true, failed: undefined }]);
  });

  test("joins the history of a new connection with what is there", async () => {
    const line = (id: string, at: number) => ({ id, member: "ben", name: "Ben", text: id, at });
    server.welcome = { ...server.welcome, chat: [line("1", 1), line("2", 2)] };
    await enter();
    server.welcome = { ...server.welcome, chat: [line("2", 2), line("3", 3)] };
    server.drop(1006);
    session.sendChat("while away");
    await timers.run(1_000);
    expect(lines().map(({ text }) => text)).toEqual(["1", "2", "3", "while away"]);
  });
});

describe("the room", () => {
  test("tells who is there, who is host, and what you may do", async () => {
    const ben = { ...ANA, id: "ben", name: "Ben", role: "viewer" as const };
    server.welcome = { ...server.welcome, you: ben, members: [ben, ANA], viewer_count: 2 };
    await enter();
    expect(session.members.value.map(({ id }) => id)).toEqual(["ana", "ben"]);
    server.send({ type: "HOST_DISCONNECTED", grace_ends_at: 99 });
    expect(session.hostAway.value).toEqual({ graceEndsAt: 99 });
    server.send({ type: "HOST_CHANGED", host: "ben" });
    expect(session.hostAway.value).toBeNull();
    expect(session.you.value?.role).toBe("host");
    expect(session.members.value.map(({ id }) => id)).toEqual(["ben", "ana"]);
    expect(session.notice.value?.text).toBe("You are the host now.");
  });

  test("is unavailable until anything but that error comes, and asks for it", async () => {
    await enter();
    server.send({ type: "ERROR", code: "unavailable", message: "Away.", id: "of a command" });
    expect(session.liveUnavailable.value).toBe(true);
    expect(session.notice.value?.text).toBe("Away.");
    await timers.run(2_100);
    expect(sent("SYNC")).toHaveLength(1);
    expect(session.liveUnavailable.value).toBe(false);
  });

  test("is told the player's status with news every two seconds, without seldom", async () => {
    await enter();
    await timers.run(2_000);
    expect(sent("STATUS")).toMatchObject([{ buffering: false, duration: 600 }]);
    await timers.run(15_000);
    expect(sent("STATUS")).toHaveLength(1);
    players[0]?.stall(true);
    await timers.run(2_100);
    expect(sent("STATUS")).toHaveLength(2);
  });

  test("leaves nothing behind after dispose()", async () => {
    await enter();
    session.seek(3);
    session.dispose();
    await timers.run(10_000);
    expect(timers.pending).toBe(0);
    expect(players[0]?.disposed).toBe(true);
  });

  test("is not asked for again when the answer of the door comes after dispose()", async () => {
    await enter();
    let answer: (join: Join) => void = () => {};
    const answered = new Promise<Join>((resolve) => {
      answer = resolve;
    });
    joinRoom.mockReturnValue(answered);
    server.drop(4401);
    await timers.run(1_000);
    session.dispose();
    answer({ status: "pending", ticket: null, ws_url: null });
    await timers.run(10_000);
    expect(timers.pending).toBe(0);
    expect(joinRoom).toHaveBeenCalledTimes(2);
  });
});
