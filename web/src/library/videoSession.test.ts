import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../net/errors";
import { FakeTimers } from "../net/timers.fake";
import type { PlayerError } from "../players/player";
import type { Playable, PlayableRendition } from "../rest.gen";
import { FakePlayer } from "../sync/player.fake";
import { VideoSession } from "./videoSession";

const STREAM: PlayableRendition = {
  kind: "hls",
  url: "/film.m3u8",
  mime_type: "application/vnd.apple.mpegurl",
  media_type: null,
  height: null,
  sizes: [360, 720],
  default: false,
};

let timers: FakeTimers;
let players: FakePlayer[];
let links: string[];
let urls: string[];
let answer: () => string;
let holdUp: () => Promise<void>;
let session: VideoSession;

beforeEach(async () => {
  timers = new FakeTimers(1_000);
  players = [];
  links = [];
  urls = [];
  holdUp = async () => {};
  answer = () => `/stream?token=${links.length + 1}`;
  session = new VideoSession({
    ask: async () => {
      const playback_url = answer();
      links.push(playback_url);
      return {
        video_id: "7",
        media_type: "video",
        provider: "local",
        mode: "proxy_stream",
        playback_url,
        expires_at: "2026-03-13T21:00:00Z",
        mime_type: "video/mp4",
        poster_url: "/poster",
        renditions: [STREAM],
        storyboard_url: null,
        subtitles: [],
      };
    },
    onlyWhere: null,
    createPlayer: async ({ url }: Playable) => {
      urls.push(url);
      await holdUp();
      const player = new FakePlayer(timers);
      player.duration = 600;
      players.push(player);
      return player;
    },
    timers,
    random: () => 0.5,
  });
  session.start();
  await timers.run(100);
  players[0]?.emit("ready");
});

function fail(kind: PlayerError["kind"]): void {
  players.at(-1)?.emit("error", { fromUser: false, error: { kind, message: "" } });
}

async function watchUntil(seconds: number): Promise<void> {
  await players.at(-1)?.play();
  players.at(-1)?.seek(seconds);
  await timers.run(2_000);
  players.at(-1)?.emit("progress");
}

test("another quality is played on from where it was", async () => {
  await watchUntil(100);
  session.setQuality(360);
  await timers.run(100);
  players.at(-1)?.emit("ready");
  await timers.run(100);
  expect(urls).toEqual(["/stream?token=1", "/film.m3u8"]);
  expect(players[0]?.disposed).toBe(true);
  expect(players[1]?.limitedTo).toEqual([360]);
  expect(players[1]?.currentTime).toBeCloseTo(102, 0);
  expect(players[1]?.paused).toBe(false);
});

test("who has muted it and plays it faster does so in another quality, too", async () => {
  await watchUntil(100);
  players[0]?.setMuted(true);
  players[0]?.setRate(1.5);
  session.setQuality(360);
  await timers.run(100);
  expect(players[1]?.muted).toBe(true);
  players[1]?.emit("ready");
  expect(players[1]?.playbackRate).toBe(1.5);
});

test("with a new link to the same file it goes on as fast as before", async () => {
  const [player] = players;
  // As an element does when it loads another address.
  Object.assign(player ?? {}, { open: () => player?.setRate(1) });
  player?.setRate(1.5);
  await watchUntil(100);
  fail("expired");
  await timers.run(100);
  player?.emit("ready");
  expect(urls).toHaveLength(1);
  expect(player?.playbackRate).toBe(1.5);
});

test("a player that another quality has overtaken is disposed", async () => {
  const made: (() => void)[] = [];
  holdUp = () => new Promise((done) => made.push(done));
  session.setQuality(720);
  await timers.run(100);
  session.setQuality("auto");
  await timers.run(100);
  expect(made).toHaveLength(2);
  for (const done of made.reverse()) done();
  await timers.run(100);
  expect(urls.slice(1)).toEqual(["/film.m3u8", "/stream?token=3"]);
  expect(players.filter(({ disposed }) => !disposed)).toEqual([session.player.value]);
  expect(session.player.value).toBe(players[1]);
});

test("the default is played when the chosen quality cannot be played after all", async () => {
  await watchUntil(100);
  session.setQuality(360);
  await timers.run(100);
  fail("unsupported");
  await timers.run(100);
  players.at(-1)?.emit("ready");
  expect(session.quality.value).toBe("auto");
  expect(session.failure.value).toBeNull();
  expect(urls).toEqual(["/stream?token=1", "/film.m3u8", "/stream?token=3"]);
  expect(players.at(-1)?.currentTime).toBeCloseTo(102, 0);
});

test("an expired link is replaced, and the video continues where it was", async () => {
  await watchUntil(100);
  fail("expired");
  await timers.run(100);
  players.at(-1)?.emit("ready");
  await timers.run(100);
  expect(links).toEqual(["/stream?token=1", "/stream?token=2"]);
  expect(players.at(-1)?.currentTime).toBeCloseTo(102, 0);
  expect(players.at(-1)?.paused).toBe(false);
  expect(session.failure.value).toBeNull();
});

test("a paused video stays paused with a new link", async () => {
  await watchUntil(100);
  players[0]?.pause();
  players[0]?.emit("pause");
  fail("expired");
  await timers.run(100);
  players.at(-1)?.emit("ready");
  await timers.run(100);
  expect(players.at(-1)?.paused).toBe(true);
});

test("a lasting failure is shown, and it keeps trying until it works", async () => {
  await watchUntil(100);
  const down = () => {
    throw ApiError.offline();
  };
  answer = down;
  fail("network");
  await timers.run(60_000);
  expect(session.failure.value).toMatchObject({ kind: "network" });
  answer = () => "/stream?token=new";
  await timers.run(60_000);
  players.at(-1)?.emit("ready");
  expect(session.failure.value).toBeNull();
  expect(players.at(-1)?.currentTime).toBeCloseTo(102, 0);
});

test("a permanent failure is shown at once, until the user tries again", async () => {
  fail("unsupported");
  await timers.run(60_000);
  expect(session.failure.value).toMatchObject({ kind: "unsupported" });
  expect(links).toHaveLength(1);
  session.start();
  await timers.run(100);
  expect(session.failure.value).toBeNull();
  expect(links).toHaveLength(2);
});

test("a storage that would fail again is told in its own words, and is not asked again", async () => {
  const message = "The storage of this video refused.";
  answer = () => {
    throw new ApiError(502, "storage_refused", message);
  };
  session.start();
  await timers.run(60_000);
  expect(session.failure.value).toEqual({ kind: "unplayable", message });
});

test("a missing video is reported as missing", async () => {
  answer = () => {
    throw new ApiError(404, "not_found", "There is no such video.");
  };
  session.start();
  await timers.run(100);
  expect(session.failure.value).toMatchObject({ kind: "missing" });
});

test("nothing runs after the page is left", async () => {
  fail("network");
  session.dispose();
  await timers.run(60_000);
  expect(players.every(({ disposed }) => disposed)).toBe(true);
  expect(timers.pending).toBe(0);
});
