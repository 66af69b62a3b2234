import { beforeEach, describe, expect, test } from "vitest";
import type { Timers } from "../net/timers";
import { FakeTimers } from "../net/timers.fake";
import type { PlayerTraits } from "../players/traits";
import type { SharedState } from "./decision";
import { type Drift, SyncLoop } from "./loop";
import { COARSE, FakePlayer, PASSIVE, SMOOTH } from "./player.fake";
import { END_TOLERANCE_S } from "./timeline";

const OFFSET_MS = 1_700_000_000_000;

let timers: FakeTimers;
let player: FakePlayer;
let loop: SyncLoop;
let state: SharedState;
let drift: Drift | null;
let blocked: number;

/** The timers of a page that is hidden: they run only once a second. */
function throttled(): Timers {
  const wait = (delayMs: number) => {
    const at = Math.ceil((timers.now() + delayMs) / 1_000) * 1_000;
    return at - timers.now();
  };
  return {
    now: () => timers.now(),
    after: (delayMs, callback) => timers.after(wait(delayMs), callback),
  };
}

function rig(traits: PlayerTraits, page: "shown" | "hidden" | "slow" = "shown"): void {
  timers = new FakeTimers(1_000);
  player = new FakePlayer(timers, traits);
  player.duration = 3_600;
  blocked = 0;
  state = { revision: 0, playing: false, position: 0, rate: 1, at: now(), duration: 3_600 };
  loop = new SyncLoop({
    timers: page === "shown" ? timers : throttled(),
    player,
    isHidden: () => page === "hidden",
    roomTime: (local) => local + OFFSET_MS,
    onDrift: (next) => {
      drift = next;
    },
    onBlocked: () => {
      blocked += 1;
    },
  });
}

function now(): number {
  return timers.now() + OFFSET_MS;
}

function tell(change: Partial<SharedState>, leadMs = 0): void {
  state = { ...state, at: now() + leadMs, ...change, revision: state.revision + 1 };
  loop.setState(state);
}

/** How far the player is behind the room, in milliseconds. */
function behindMs(): number {
  const target = state.position + (Math.max(0, now() - state.at) / 1000) * state.rate;
  return (state.playing ? target - player.currentTime : state.position - player.currentTime) * 1000;
}

describe("a <video>", () => {
  beforeEach(() => rig(SMOOTH));

  test("is paused at the room's exact position, with one seek", () => {
    tell({ playing: true, position: 100 });
    timers.advance(3_000);
    const { length } = player.seeks;
    tell({ playing: false, position: 102.345 });
    timers.advance(5_000);
    expect(player.paused).toBe(true);
    expect(player.currentTime).toBe(102.345);
    expect(player.seeks).toHaveLength(length + 1);
  });

  test("waits for a scheduled start, and meets it to the millisecond once it has learnt", () => {
    player.startMs = () => 120;
    for (const position of [10, 20, 30, 40, 50, 60]) {
      tell({ playing: true, position }, 400);
      timers.advance(250);
      expect(player.paused).toBe(true);
      expect(player.currentTime).toBe(position);
      timers.advance(350);
      if (position === 60) expect(Math.abs(behindMs())).toBeLessThan(10);
      timers.advance(3_000);
    }
  });

  test("waits at the end of what is made, and goes on from that very frame", () => {
    tell({ playing: true, position: 100, made_until: 104 });
    timers.advance(20_000);
    expect(player.paused).toBe(true);
    expect(player.currentTime).toBeCloseTo(104, 2);
    const { length } = player.seeks;
    tell({ playing: true, position: 104, made_until: 200 }, 2_000);
    timers.advance(1_900);
    expect(player.paused).toBe(true);
    timers.advance(4_000);
    expect(Math.abs(behindMs())).toBeLessThan(33);
    expect(player.seeks.length - length).toBeLessThanOrEqual(1);
  });

  test("joining late meets the room with one seek", () => {
    player.seekMs = () => 150;
    tell({ playing: true, position: 500, at: now() - 60_000 });
    timers.advance(1_000);
    expect(Math.abs(behindMs())).toBeLessThan(33);
    expect(player.seeks).toHaveLength(1);
  });

  test("that seeks slower than expected still gets there, and learns", () => {
    player.seekMs = () => 900;
    tell({ playing: true, position: 500 });
    timers.advance(5_000);
    expect(Math.abs(behindMs())).toBeLessThan(33);
    const { length } = player.seeks;
    tell({ position: 800 });
    timers.advance(2_500);
    expect(Math.abs(behindMs())).toBeLessThan(33);
    expect(player.seeks.length - length).toBeLessThanOrEqual(2);
  });

  test("that once sought slowly does not wait so long again when it seeks fast", () => {
    player.seekMs = () => 4_000;
    tell({ playing: true, position: 500 });
    timers.advance(15_000);
    tell({ playing: false });
    timers.advance(5_000);
    player.seekMs = () => 100;
    tell({ playing: true, position: 800 });
    timers.advance(700);
    expect(player.paused).toBe(false);
    timers.advance(800);
    expect(Math.abs(behindMs())).toBeLessThan(33);
  });

  test("a little behind plays faster, by 10 % at most, and then at exactly the room's rate", () => {
    tell({ playing: true, rate: 1.5, position: 10 });
    timers.advance(5_000);
    player.stall(true);
    timers.advance(200);
    player.stall(false);
    player.rates.length = 0;
    timers.advance(6_000);
    expect(Math.abs(behindMs())).toBeLessThan(10);
    expect(player.playbackRate).toBe(1.5);
    expect(Math.max(...player.rates)).toBeLessThanOrEqual(1.5 * 1.1 + 1e-9);
    expect(player.seeks).toHaveLength(1);
  });

  test("far behind jumps, and less often while that does not help", () => {
    tell({ playing: true, position: 10 });
    timers.advance(3_000);
    player.seeks.length = 0;
    // Every seek buffers for a second and a half, so the player cannot keep up.
    for (let passed = 0; passed < 60_000; passed += 2_500) {
      player.stall(true);
      timers.advance(1_500);
      player.stall(false);
      timers.advance(1_000);
    }
    expect(player.seeks.length).toBeGreaterThan(3);
    expect(player.seeks.length).toBeLessThan(20);
  });

  test("a rate change while playing is followed without a pause or a seek", () => {
    tell({ playing: true, position: 10 });
    timers.advance(3_000);
    player.seeks.length = 0;
    let paused = 0;
    player.on("pause", () => {
      paused += 1;
    });
    tell({ rate: 2, position: player.currentTime });
    timers.advance(2_000);
    expect(player.playbackRate).toBe(2);
    expect([paused, player.seeks.length]).toEqual([0, 0]);
  });

  test("plays to the end and stays there, also for someone who joins later", () => {
    tell({ playing: true, position: 3_598, duration: 3_600 });
    timers.advance(1_000);
    player.seeks.length = 0;
    timers.advance(1_500);
    player.paused = true;
    player.ended = true;
    const plays = player.plays;
    timers.advance(30_000);
    expect(player.plays).toBe(plays);
    expect(player.seeks).toEqual([]);

    tell({ position: 3_600, duration: 3_600 });
    timers.advance(1_000);
    expect(player.seeks).toEqual([]);
  });

  test.each([
    { playing: true, position: 3_598 },
    { playing: false, position: 3_600 },
  ])("shows the last picture to who comes after the end: %o", (state) => {
    tell({ ...state, duration: 3_600, at: now() - 60_000 });
    timers.advance(10_000);
    // There is no picture at the very end.
    expect(player.seeks).toEqual([3_600 - END_TOLERANCE_S]);
    expect(player.paused).toBe(true);
  });

  test.each([0, 250])("never seeks to the very end, where no picture is, %d ms ahead", (leadMs) => {
    for (const position of [3_599.9, 3_600]) {
      rig(SMOOTH);
      tell({ playing: true, position }, leadMs);
      timers.advance(10_000);
      expect(Math.max(...player.seeks)).toBeLessThanOrEqual(3_600 - END_TOLERANCE_S);
    }
  });

  test("that waits at the very end for data goes back to the last picture", () => {
    player.seekMs = () => Number.POSITIVE_INFINITY;
    player.seek(3_600);
    player.buffering = true;
    player.seekMs = () => 80;
    tell({ position: 3_600 });
    timers.advance(3_000);
    expect(player.currentTime).toBe(3_600 - END_TOLERANCE_S);
  });

  test("keeps playing by the clock when no messages come", () => {
    tell({ playing: true, position: 10 });
    timers.advance(600_000);
    expect(player.paused).toBe(false);
    expect(Math.abs(behindMs())).toBeLessThan(33);
    expect(player.seeks).toHaveLength(1);
  });

  test("stays in sync when its timers run only once a second", () => {
    player.drift = 80e-6;
    tell({ playing: true, position: 10 });
    timers.advance(2_000);
    for (let second = 0; second < 120; second++) {
      timers.sleep(900);
      timers.advance(100);
    }
    expect(Math.abs(behindMs())).toBeLessThan(33);
  });

  test("survives a sleep of hours with one jump", () => {
    tell({ playing: true, position: 10, duration: null });
    player.duration = Number.NaN;
    timers.advance(3_000);
    player.seeks.length = 0;
    player.stall(true);
    timers.sleep(7_200_000);
    player.stall(false);
    timers.advance(2_000);
    expect(Math.abs(behindMs())).toBeLessThan(33);
    expect(player.seeks.length).toBeLessThanOrEqual(2);
  });

  test("that the browser blocks is tried once, and again after a user gesture", async () => {
    player.blocked = true;
    tell({ playing: true, position: 10 });
    await timers.run(10_000);
    expect([blocked, player.plays]).toEqual([1, 1]);
    player.blocked = false;
    loop.unblock();
    timers.advance(2_000);
    expect(Math.abs(behindMs())).toBeLessThan(33);
  });

  test("that its user moved is left alone for a while, then corrected", () => {
    tell({ playing: true, position: 10 });
    timers.advance(3_000);
    loop.hold(1_000);
    player.userDoes("pause");
    timers.advance(900);
    expect(player.paused).toBe(true);
    timers.advance(2_000);
    expect(player.paused).toBe(false);
    expect(Math.abs(behindMs())).toBeLessThan(33);
  });

  test("whose display lags behind its own clock is moved forward by the lag", () => {
    const lagS = 0.05;
    const looks: VideoFrameRequestCallback[] = [];
    const element = {
      requestVideoFrameCallback: (look: VideoFrameRequestCallback) => looks.push(look),
    };
    loop.dispose();
    timers = new FakeTimers(1_000);
    player = Object.assign(new FakePlayer(timers), { element: element as unknown as HTMLElement });
    player.duration = 3_600;
    loop = new SyncLoop({
      timers,
      player,
      isHidden: () => false,
      roomTime: (local) => local + OFFSET_MS,
      onDrift: () => {},
      onBlocked: () => {},
    });
    tell({ playing: true, position: 10 });
    for (let frame = 0; frame < 150; frame++) {
      timers.advance(33);
      const metadata = {
        mediaTime: player.currentTime - lagS,
        expectedDisplayTime: timers.now(),
      } as VideoFrameCallbackMetadata;
      looks.pop()?.(timers.now(), metadata);
    }
    expect(Math.abs(behindMs() + lagS * 1000)).toBeLessThan(10);
  });

  test("reports when it is in sync", () => {
    tell({ playing: true, position: 10 });
    timers.advance(50);
    expect(drift?.settled).toBe(false);
    timers.advance(3_000);
    expect(drift).toMatchObject({ settled: true });
    expect(Math.abs(drift?.ms ?? 99)).toBeLessThan(33);
  });

  test("is left alone after dispose()", () => {
    tell({ playing: true, position: 10 });
    loop.dispose();
    timers.advance(5_000);
    expect(player.paused).toBe(true);
    expect(timers.pending).toBeLessThanOrEqual(1); // the fake's own seek
  });
});

describe.each([
  ["a <video>", SMOOTH, 33],
  ["a coarse player", COARSE, 1_000],
] as const)("%s whose page is hidden", (_, traits, nearMs) => {
  /** How long nothing has been heard since the command. */
  function silentMs(): number {
    for (let passed = 0; passed < 5_000; passed += 10) {
      if (!player.paused && behindMs() < 600 && behindMs() > -600) return passed;
      timers.advance(10);
    }
    return 5_000;
  }

  test.each([100, 350, 600, 850])("starts at once, whenever it is told (+%i ms)", (phaseMs) => {
    rig(traits, "hidden");
    timers.advance(10_000 + phaseMs);
    tell({ playing: true, position: 100 }, 300);
    expect(silentMs()).toBeLessThanOrEqual(200);
    timers.advance(6_000);
    expect(Math.abs(behindMs())).toBeLessThan(nearMs);
  });

  test.each([100, 350, 600, 850])("follows a seek without a stop (+%i ms)", (phaseMs) => {
    rig(traits, "hidden");
    tell({ playing: true, position: 100 });
    timers.advance(10_000 + phaseMs);
    player.seeks.length = 0;
    const { plays } = player;
    tell({ position: 900 }, 300);
    timers.advance(6_000);
    expect(Math.abs(behindMs())).toBeLessThan(nearMs);
    expect(player.seeks).toHaveLength(1);
    expect(player.plays - plays).toBeLessThanOrEqual(1);
    expect(player.paused).toBe(false);
  });

  test("waits for a start that is long ahead, within half a second", () => {
    rig(traits, "hidden");
    timers.advance(10_350);
    tell({ playing: true, position: 100 }, 6_000);
    timers.advance(5_000);
    expect(player.paused).toBe(true);
    timers.advance(1_600);
    expect(player.paused).toBe(false);
    timers.advance(5_000);
    expect(Math.abs(behindMs())).toBeLessThan(nearMs);
  });

  test("joins in the last moment at the last picture", () => {
    rig(traits, "hidden");
    tell({ playing: true, position: 3_599.7 });
    timers.advance(10_000);
    expect(player.seeks).toEqual([3_600 - END_TOLERANCE_S]);
  });

  test("joins a film that runs at once", () => {
    rig(traits, "hidden");
    timers.advance(350);
    tell({ playing: true, position: 500, at: now() - 60_000 });
    expect(silentMs()).toBeLessThanOrEqual(200);
    timers.advance(6_000);
    expect(Math.abs(behindMs())).toBeLessThan(nearMs);
  });
});

test("a <video> whose timers are late plays at once from then on", () => {
  rig(SMOOTH, "slow");
  timers.advance(10_350);
  tell({ playing: true, position: 100 }, 300);
  timers.advance(1_000);
  expect(player.paused).toBe(false);
  timers.advance(8_000);
  expect(Math.abs(behindMs())).toBeLessThan(33);
  expect(player.seeks.length).toBeLessThanOrEqual(2);
});

describe("a coarse player", () => {
  beforeEach(() => rig(COARSE));

  test("is not corrected for less than a second, and never by its rate", () => {
    tell({ playing: true, position: 0 });
    timers.advance(3_000);
    player.seeks.length = 0;
    player.userDoes("seeked", player.currentTime - 0.9);
    timers.advance(30_000);
    expect([player.seeks, player.rates]).toEqual([[], []]);
  });

  test("seeks when it is further off, and arrives close", () => {
    player.seekMs = () => 800;
    tell({ playing: true, position: 0 });
    timers.advance(3_000);
    for (let again = 0; again < 4; again++) {
      player.userDoes("seeked", 2_000);
      timers.advance(60_000);
    }
    expect(Math.abs(behindMs())).toBeLessThan(300);
  });

  test("does not jump again and again when its seeks miss", () => {
    player.seekMs = () => 4_000;
    tell({ playing: true, position: 500 });
    timers.advance(120_000);
    expect(player.seeks.length).toBeLessThan(9);
  });

  test("is paused, started and corrected when its user did something else", () => {
    tell({ playing: true, position: 50 });
    timers.advance(3_000);
    player.userDoes("pause");
    timers.advance(1_000);
    expect(player.paused).toBe(false);
    tell({ playing: false, position: 53 });
    timers.advance(1_000);
    expect(player.paused).toBe(true);
    expect(player.currentTime).toBeCloseTo(53, 0);
  });

  test("is paused at the end, before the provider shows its own suggestions", () => {
    tell({ playing: true, position: 3_590 });
    timers.advance(12_000);
    expect(player.paused).toBe(true);
    expect(player.currentTime).toBeCloseTo(3_600, 0);
  });
});

describe("a passive player", () => {
  beforeEach(() => rig(PASSIVE));

  test("is reloaded when it is five seconds off, at most every fifteen seconds", () => {
    tell({ playing: true, position: 0 });
    timers.advance(2_000);
    player.userDoes("seeked", player.currentTime - 4);
    timers.advance(20_000);
    expect(player.seeks).toHaveLength(0);
    for (let seek = 1; seek <= 30; seek++) {
      tell({ position: seek * 100 });
      timers.advance(1_000);
    }
    expect(player.seeks.length).toBeLessThanOrEqual(3);
    timers.advance(30_000);
    expect(Math.abs(behindMs())).toBeLessThan(5_000);
  });

  test("is left alone while it loads", () => {
    player.stall(true);
    tell({ playing: true, position: 500 });
    timers.advance(60_000);
    expect([player.seeks.length, player.plays]).toEqual([0, 0]);
  });
});
