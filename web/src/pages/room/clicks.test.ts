import { beforeEach, expect, test } from "vitest";
import { FakeTimers } from "../../net/timers.fake";
import { Clicks } from "./clicks";

const ANSWER_MS = 100;

let timers: FakeTimers;
let clicks: Clicks;
let plays: boolean;
/** The requests to the room, which answers a moment later. */
let asked: boolean[];
let fills: boolean;

beforeEach(() => {
  timers = new FakeTimers();
  plays = true;
  asked = [];
  fills = false;
  clicks = new Clicks({
    timers,
    isPlaying: () => plays,
    setPlaying: (on) => {
      asked.push(on);
      timers.after(ANSWER_MS, () => {
        plays = on;
      });
    },
    toggleFullscreen: () => {
      fills = !fills;
    },
  });
});

test("one click pauses, and the next plays, as soon as it is known that it is one", () => {
  clicks.click(1);
  timers.advance(249);
  expect(asked).toEqual([]);
  timers.advance(1);
  expect(asked).toEqual([false]);
  timers.advance(5_000);
  clicks.click(1);
  timers.advance(250);
  expect(asked).toEqual([false, true]);
  expect(fills).toBe(false);
});

test.each([100, 320, 490])("two clicks within %i ms fill the screen, and it plays on", (ms) => {
  clicks.click(1);
  timers.advance(ms);
  clicks.click(2);
  timers.advance(5_000);
  expect(asked).toEqual(ms < 250 ? [] : [false, true]);
  expect(plays).toBe(true);
  expect(fills).toBe(true);
});

test("a third click does nothing, nor does one of a room that was left", () => {
  clicks.click(1);
  clicks.click(2);
  clicks.click(3);
  clicks.click(1);
  clicks.dispose();
  timers.advance(5_000);
  expect(asked).toEqual([]);
  expect(fills).toBe(true);
});
