import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "../net/api";
import type { ErrorCode } from "../net/errors";
import { NoPlayer } from "../players/player";
import type { PlayableRendition, PlaybackOut } from "../rest.gen";
import { COARSE, FakePlayer } from "../sync/player.fake";
import {
  ANA,
  enter,
  entry,
  linksLast,
  makePlayersBy,
  playbackOf,
  played,
  players,
  refuse,
  roomPlayback,
  SOURCE,
  sent,
  server,
  session,
  setUp,
  tell,
  timers,
} from "./room.fake";

const HLS = "application/vnd.apple.mpegurl";

beforeEach(setUp);

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

  test("replaces the player only when the video changes", async () => {
    await enter();
    tell({ revision: 2, position: 10 });
    await timers.run(100);
    expect(players).toHaveLength(1);
    const other = { ...SOURCE, external_id: "other" };
    roomPlayback.mockResolvedValue(playbackOf({ url: "/other" }, { source: other }));
    tell({ revision: 3, source: other });
    await timers.run(100);
    expect(players.map(({ disposed }) => disposed)).toEqual([true, false]);
    tell({ revision: 4, source: null });
    expect(session.player.value).toBeNull();
  });

  /** A film with a stream in two sizes; the original file is the default. */
  const SIZES = {
    renditions: [
      { kind: "original", url: "/film", mime_type: "video/mp4", default: true, sizes: [] },
      { kind: "hls", url: "/film.m3u8", mime_type: HLS, default: false, sizes: [360, 720] },
    ].map((way) => ({ ...way, media_type: null, height: null })) as PlayableRendition[],
  };

  test("plays a copy while it is made where the file does not play, and waits when it goes", async () => {
    const growing = { kind: "hls", url: "/growing", mime_type: HLS, default: false, sizes: [] };
    const where = { media_type: "video/mp4; codecs=hvc1", code: "not_ready", message: "Not here." };
    const renditions = [SIZES.renditions[0], { ...growing, media_type: null, height: null }];
    roomPlayback.mockResolvedValue(
      playbackOf({ only_where: where, renditions: renditions as PlayableRendition[] }),
    );
    await enter();
    expect(played).toEqual(["/growing"]);
    players[0]?.emit("error", {
      fromUser: false,
      error: { kind: "missing", message: "Gone." },
    });
    expect(session.playerError.value?.kind).toBe("preparing");
    await timers.run(4_000);
    expect(played).toEqual(["/growing", "/growing"]);
    expect(session.playerError.value).toBeNull();
  });

  test("plays a copy where the browser only claims to play the file", async () => {
    const where = { media_type: "video/mp4; codecs=hev1", code: "not_ready", message: "Not here." };
    const copy = { ...SIZES.renditions[1], url: "/growing", sizes: [] } as PlayableRendition;
    roomPlayback.mockResolvedValue(playbackOf({ only_where: where, renditions: [copy] }));
    await enter();
    const error = { kind: "unsupported", message: "Your browser cannot play this video." } as const;
    players[0]?.emit("error", { fromUser: false, error });
    await timers.run(100);
    expect(played).toEqual(["/film", "/growing"]);
    expect(session.playerError.value).toBeNull();
  });

  test("says that a film is gone, whatever a late answer tells of the one before", async () => {
    await enter();
    const other = { ...SOURCE, external_id: "other" };
    let answer: (late: PlaybackOut) => void = () => {};
    roomPlayback.mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    tell({ revision: 3, source: other });
    roomPlayback.mockResolvedValue(playbackOf({ url: "/third" }, { source: SOURCE }));
    tell({ revision: 4, source: SOURCE });
    await timers.run(100);
    expect(played.at(-1)).toBe("/third");
    const where = { media_type: "video/mp4; codecs=hvc1", code: "not_ready", message: "Not here." };
    const copy = { ...SIZES.renditions[1], url: "/growing", sizes: [] } as PlayableRendition;
    answer(playbackOf({ only_where: where, renditions: [copy] }, { source: other }));
    await timers.run(100);
    players
      .at(-1)
      ?.emit("error", { fromUser: false, error: { kind: "missing", message: "Gone." } });
    expect(session.playerError.value?.kind).toBe("missing");
  });

  test("plays another quality at the room's position, and tells nobody", async () => {
    roomPlayback.mockResolvedValue(playbackOf(SIZES));
    await enter();
    tell({ revision: 2, playing: true, position: 100, at: timers.now() + server.offsetMs });
    await timers.run(20_000);
    const heard = server.received.length;
    session.setQuality(360);
    await timers.run(3_000);
    expect(played).toEqual(["/film", "/film.m3u8"]);
    expect(players.map(({ disposed }) => disposed)).toEqual([true, false]);
    expect(players[1]?.currentTime).toBeCloseTo(123, 0);
    expect(players[1]?.paused).toBe(false);
    // Another size of the stream needs no other player.
    session.setQuality(720);
    expect(players[1]?.limitedTo).toEqual([360, 720]);
    session.setQuality("original");
    await timers.run(3_000);
    expect(played).toEqual(["/film", "/film.m3u8", "/film"]);
    expect(players[2]?.currentTime).toBeCloseTo(126, 0);
    const told = server.received.slice(heard).map(({ type }) => type);
    expect(
      told.filter((type) => ["PLAY", "PAUSE", "SEEK", "RATE", "SOURCE"].includes(type)),
    ).toEqual([]);
  });

  test("plays on in the language that was chosen, and another film in its own", async () => {
    roomPlayback.mockResolvedValue(playbackOf(SIZES));
    await enter();
    session.setQuality(360);
    await timers.run(1_000);
    players[1]?.setLanguage("Deutsch");
    session.setQuality("original");
    await timers.run(1_000);
    session.setQuality(720);
    await timers.run(1_000);
    expect(players[3]?.language).toBe("Deutsch");
    const source = { ...SOURCE, external_id: "another" };
    roomPlayback.mockResolvedValue(playbackOf(SIZES, { source }));
    tell({ revision: 2, source_revision: 2, source });
    await timers.run(1_000);
    expect(players[4]?.language).toBeNull();
  });

  test("asks for no gesture any more when the next player starts without one", async () => {
    roomPlayback.mockResolvedValue(playbackOf(SIZES));
    await enter();
    if (players[0]) players[0].blocked = true;
    tell({ revision: 2, playing: true, position: 100, at: timers.now() + server.offsetMs });
    await timers.run(3_000);
    expect(session.autoplayBlocked.value).toBe(true);
    session.setQuality(360);
    await timers.run(3_000);
    expect(players[1]?.paused).toBe(false);
    expect(session.autoplayBlocked.value).toBe(false);
  });

  test("goes back to the default when the chosen quality cannot be played after all", async () => {
    roomPlayback.mockResolvedValue(
      playbackOf({ ...SIZES, kind: "hls", url: "/film.m3u8", mime_type: HLS }),
    );
    await enter();
    session.setQuality("original");
    await timers.run(1_000);
    players[1]?.emit("error", { fromUser: false, error: { kind: "unsupported", message: "No." } });
    await timers.run(1_000);
    expect(played).toEqual(["/film.m3u8", "/film", "/film.m3u8"]);
    expect(session.quality.value).toBe("auto");
    expect(session.playerError.value).toBeNull();
  });

  test("replaces an expired link and continues at the room's position", async () => {
    await enter();
    tell({ revision: 2, playing: true, position: 100, at: timers.now() + server.offsetMs });
    await timers.run(20_000);
    players[0]?.emit("error", { fromUser: false, error: { kind: "expired", message: "Expired." } });
    await timers.run(3_000);
    expect(session.playerError.value).toBeNull();
    expect(players).toHaveLength(2);
    expect(players[1]?.currentTime).toBeCloseTo(123, 0);
  });

  test.each([
    ["not_playable", "unplayable"],
    ["not_found", "missing"],
  ])("says why a film cannot be played: %s", async (code, kind) => {
    const message = "Browsers cannot play MKV files.";
    roomPlayback.mockResolvedValue(playbackOf({}, { playable: null, problem: { code, message } }));
    await enter();
    expect(session.playerError.value).toEqual({ kind, message });
    const asked = roomPlayback.mock.calls.length;
    await timers.run(60_000);
    expect(roomPlayback).toHaveBeenCalledTimes(asked);
  });

  test("waits for a film that is not ready yet", async () => {
    const problem = { code: "not_ready", message: "Not ready." };
    roomPlayback.mockResolvedValue(playbackOf({}, { playable: null, problem }));
    await enter();
    expect(session.playerError.value).toEqual({ kind: "preparing", message: "Not ready." });
    linksLast(100, "/first");
    await timers.run(5_000);
    expect(session.player.value).not.toBeNull();
    expect(session.playerError.value).toBeNull();
  });

  test("waits again when a film that is still being made begins anew", async () => {
    await enter();
    tell({ revision: 2, playing: true, position: 100, made_until: 300 });
    const problem = { code: "not_ready", message: "Not ready." };
    roomPlayback.mockResolvedValue(playbackOf({}, { playable: null, problem }));
    const error = { kind: "missing", message: "It is no longer there." } as const;
    players[0]?.emit("error", { fromUser: false, error });
    await timers.run(5_000);
    expect(session.playerError.value?.kind).toBe("preparing");
    linksLast(100, "/anew");
    await timers.run(5_000);
    expect(session.playerError.value).toBeNull();
    expect(players).toHaveLength(2);
  });

  test("is paused at the end of the video without a PAUSE", async () => {
    await enter();
    const at = timers.now() + server.offsetMs;
    tell({ revision: 2, playing: true, position: 90, at, duration: 100 });
    await timers.run(5_000);
    expect(session.playing.value).toBe(true);
    await timers.run(6_000);
    expect(session.playing.value).toBe(false);
  });

  test("shows a lasting failure, and keeps trying", async () => {
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
    makePlayersBy(() =>
      Promise.reject(new NoPlayer({ kind: "unsupported", message: "Not here." })),
    );
    fail();
    await timers.run(60_000);
    expect(session.playerError.value).toMatchObject({ kind: "unsupported" });
  });

  test("shows a failure until a player has something to show instead", async () => {
    await enter();
    const error = { kind: "network", message: "No." } as const;
    for (let again = 0; again < 4; again++) {
      players.at(-1)?.emit("error", { fromUser: false, error });
      if (again < 3) await timers.run(9_000);
    }
    makePlayersBy(() => {
      const player = new FakePlayer(timers, COARSE);
      player.hasLoaded = false;
      players.push(player);
      return Promise.resolve(player);
    });
    await timers.run(9_000);
    expect(session.playerError.value).toEqual(error);
    players.at(-1)?.emit("ready");
    expect(session.playerError.value).toBeNull();
  });

  test("by a host with the provider's own controls sends commands", async () => {
    await enter();
    players[0]?.userDoes("play", 12);
    players[0]?.userDoes("seeked", 80);
    await timers.run(50);
    expect(sent("PLAY")).toMatchObject([{ position: 12 }]);
    expect(sent("SEEK")).toMatchObject([{ position: 80 }]);
  });

  test("by a viewer with them is undone, and the viewer is told why", async () => {
    server.welcome = { ...server.welcome, you: { ...ANA, role: "viewer" } };
    await enter();
    players[0]?.userDoes("play", 12);
    await timers.run(500);
    expect(players[0]?.paused).toBe(true);
    expect(server.received.every(({ type }) => type === "PING" || type === "STATUS")).toBe(true);
    expect(session.notice.value?.text).toBe("Only the host can play, pause or seek.");
  });

  test("commands of a viewer are not sent", async () => {
    server.welcome = { ...server.welcome, you: { ...ANA, role: "viewer" } };
    await enter();
    session.play();
    session.seek(9);
    await timers.run(50);
    expect([...sent("PLAY"), ...sent("SEEK")]).toEqual([]);
    expect(session.canControl.value).toBe(false);
  });

  test("a seek goes as far as the film is made, and says so", async () => {
    await enter();
    tell({ revision: 2, position: 10, duration: 7_200, made_until: 754 });
    session.seek(5_000);
    await timers.run(500);
    expect(sent("SEEK")).toMatchObject([{ position: 754 }]);
    expect(session.notice.value?.text).toBe(
      "This film is still being made. So far it reaches 12:34.",
    );
  });

  test("asks for a gesture when the browser blocks it, and starts in sync after one", async () => {
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

  test("gets at most a few SEEKs a second, and the last position in the end", async () => {
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

  test("skips from where the last skip was asked to go, also before the room has answered", async () => {
    server.delayMs = () => 150;
    await enter();
    tell({ revision: 2, position: 100 });
    for (const passedMs of [50, 200, 0]) {
      session.skip(10);
      await timers.run(passedMs);
    }
    expect(session.asked.value).toBe(130);
    await timers.run(1_000);
    expect(sent("SEEK").at(-1)).toMatchObject({ position: 130 });
    expect(session.asked.value).toBeNull();
    session.skip(-200);
    await timers.run(1_000);
    expect(sent("SEEK").at(-1)).toMatchObject({ position: 0 });
  });

  test("a pause right after a skip is at its target", async () => {
    await enter();
    tell({ revision: 2, playing: true, position: 100, at: timers.now() + server.offsetMs });
    session.skip(10);
    session.pause();
    await timers.run(500);
    expect(sent("PAUSE")).toMatchObject([{ position: 110 }]);
  });

  test("a skip goes no further than the film", async () => {
    await enter();
    tell({ revision: 2, position: 595 });
    session.skip(10);
    expect(session.asked.value).toBe(600);
  });

  test("what the host asked of one film is not asked of the next", async () => {
    await enter();
    session.skip(10);
    session.skip(10);
    tell({ revision: 2, source_revision: 2 });
    expect(session.asked.value).toBeNull();
    await timers.run(1_000);
    expect(sent("SEEK")).toMatchObject([{ position: 10 }]);
  });

  test("a host's second seek with the provider's own controls survives the answer to the first", async () => {
    await enter();
    server.silent = true;
    const at = () => timers.now() + server.offsetMs;
    tell({ revision: 2, playing: true, position: 0, at: at() });
    await timers.run(3_000);
    players[0]?.userDoes("seeked", 100);
    await timers.run(300);
    players[0]?.userDoes("seeked", 200);
    tell({ revision: 3, playing: true, position: 100, at: at(), id: "id1" });
    await timers.run(1_000);
    expect(players[0]?.currentTime).toBeCloseTo(201, 0);
    tell({ revision: 4, playing: true, position: 200, at: at() - 1_000, id: "id2" });
    await timers.run(3_000);
    expect(players[0]?.seeks).toEqual([]);
  });

  test("ends when a lost room refuses to admit again, and starts when it admits", async () => {
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

  test("lets the server pass on what fails on another site, and tries that once", async () => {
    roomPlayback.mockResolvedValue(playbackOf({ url: "https://films.example/a.mp4" }));
    await enter();
    roomPlayback.mockClear().mockResolvedValue(playbackOf({ url: "/stream" }));
    const fail = () =>
      players
        .at(-1)
        ?.emit("error", { fromUser: false, error: { kind: "unsupported", message: "No." } });
    fail();
    await timers.run(100);
    expect(roomPlayback.mock.calls).toEqual([[expect.anything(), true]]);
    expect(session.playerError.value).toBeNull();
    fail();
    await timers.run(100);
    expect(roomPlayback).toHaveBeenCalledTimes(1);
    expect(session.playerError.value).toMatchObject({ kind: "unsupported" });
  });

  test("stays muted when the player is replaced", async () => {
    await enter();
    players[0]?.setMuted(true);
    players[0]?.emit("error", { fromUser: false, error: { kind: "expired", message: "Expired." } });
    await timers.run(3_000);
    expect(players.map(({ muted }) => muted)).toEqual([true, true]);
  });

  test.each<[number, ErrorCode, string]>([
    [401, "not_authenticated", "expired"],
    [403, "members_only", "expired"],
    [404, "not_found", "missing"],
    [422, "unresolvable", "unplayable"],
    [502, "storage_failed", "unplayable"],
  ])("that is answered %i %s is %s", async (status, code, kind) => {
    roomPlayback.mockRejectedValue(new ApiError(status, code, code));
    await enter();
    await timers.run(30_000);
    expect(session.playerError.value).toMatchObject({ kind });
  });

  test("continues while the connection is lost, and ends with the room", async () => {
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
