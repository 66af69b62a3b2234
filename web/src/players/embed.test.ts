// @vitest-environment happy-dom

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { COARSE } from "../sync/player.fake";
import { EmbedPlayer } from "./embed";

/** A frame that obeys commands, and reports what a test wants. */
class TestPlayer extends EmbedPlayer {
  readonly told: string[] = [];

  constructor() {
    super({ title: "Test", origin: "https://site.example", traits: COARSE, ...TIMES });
    this.nowReady();
  }

  protected loaded(): void {}
  protected received(): void {}
  protected sendPlay(): void {
    this.told.push("play");
  }
  protected sendPause(): void {
    this.told.push("pause");
  }
  protected sendSeek(): void {}
  protected sendRate(): void {}
  protected sendVolume(): void {}
  protected sendMuted(): void {}

  reports(state: "playing" | "paused" | "buffering" | "blocked"): void {
    if (state === "playing") this.nowPlaying();
    else if (state === "paused") this.nowPaused();
    else if (state === "buffering") this.nowBuffering();
    else this.nowBlocked();
  }
}

const TIMES = { trust_ms: 3_000, patience_ms: 5_000, jump_s: 1.5 };

let player: TestPlayer;
let events: string[];

beforeEach(() => {
  vi.useFakeTimers();
  player = new TestPlayer();
  events = [];
  for (const event of ["play", "pause", "blocked"] as const)
    player.on(event, ({ fromUser }) => events.push(fromUser ? `${event} of the user` : event));
});

afterEach(() => {
  player.dispose();
  turn(false);
  vi.useRealTimers();
});

function turn(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

function begin(): void {
  player.play().catch(() => {});
  player.reports("playing");
  vi.advanceTimersByTime(5_000);
  events.length = 0;
}

test("a pause while the page is shown is the user's", () => {
  begin();
  player.reports("paused");
  vi.advanceTimersByTime(1_000);
  expect(player.paused).toBe(true);
  expect(events).toEqual(["pause of the user"]);
});

test.each<[string, () => void]>([
  [
    "after it was hidden",
    () => {
      turn(true);
      vi.advanceTimersByTime(3_000);
      player.reports("paused");
    },
  ],
  [
    "just before it is hidden",
    () => {
      player.reports("paused");
      vi.advanceTimersByTime(100);
      turn(true);
    },
  ],
  [
    "that is heard of when it is shown again",
    () => {
      turn(true);
      vi.advanceTimersByTime(60_000);
      turn(false);
      vi.advanceTimersByTime(100);
      player.reports("paused");
    },
  ],
])("a pause of the page %s is the system's, and is put back", async (_, leave) => {
  begin();
  leave();
  vi.advanceTimersByTime(1_000);
  expect(player.paused).toBe(true);
  expect(events).toEqual(["pause"]);
  player.play().catch(() => {});
  expect(player.told.at(-1)).toBe("play");
});

test("a frame that the system starts again when the page is shown starts for nobody else", () => {
  begin();
  turn(true);
  player.reports("paused");
  player.pause();
  vi.advanceTimersByTime(60_000);
  turn(false);
  player.reports("playing");
  expect(events.filter((event) => event.includes("user"))).toEqual([]);
});

test("moving the provider's own handle is no pause", () => {
  begin();
  player.reports("paused");
  vi.advanceTimersByTime(50);
  player.reports("buffering");
  player.reports("playing");
  vi.advanceTimersByTime(1_000);
  expect(player.paused).toBe(false);
  expect(events).toEqual([]);
});

test("our own pause is reported at once, also while one of the user is in doubt", () => {
  begin();
  player.reports("paused");
  player.pause();
  expect(events).toEqual(["pause"]);
  player.reports("playing");
  expect(events).toEqual(["pause", "play of the user"]);
});

test("what does not start while the page is hidden is tried again when it is shown", async () => {
  turn(true);
  const start = player.play();
  vi.advanceTimersByTime(5_000);
  player.reports("blocked");
  expect(events).toEqual([]);
  turn(false);
  expect(player.told).toEqual(["play", "play"]);
  vi.advanceTimersByTime(5_000);
  await expect(start).rejects.toMatchObject({ name: "NotAllowedError" });
  expect(events).toEqual(["blocked"]);
});
