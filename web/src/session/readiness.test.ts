import { expect, test } from "vitest";
import { COARSE, PASSIVE, SMOOTH } from "../sync/player.fake";
import { isReady, type ReadyPlayer } from "./readiness";
import { stateOf } from "./room.fake";

function player(facts: Partial<ReadyPlayer> = {}): ReadyPlayer {
  const buffered: [number, number][] = [[0, 90]];
  return { currentTime: 40, duration: 100, buffering: false, buffered, traits: SMOOTH, ...facts };
}

const UNMEASURED = { duration: Number.NaN, buffered: [], traits: COARSE };
const waiting = { for: ["ana"], count: 1, until: 9 };
const held = stateOf({ playing: false, position: 40, waiting });

test.each<[string, Partial<ReadyPlayer>, boolean]>([
  ["loaded at the place", {}, true],
  ["a little beside it", { currentTime: 40.3 }, true],
  ["elsewhere", { currentTime: 42 }, false],
  ["seeking or starved", { buffering: true }, false],
  ["not yet loaded", { duration: Number.NaN }, false],
  ["with too little ahead", { buffered: [[0, 41]] }, false],
  ["with nothing here", { buffered: [[50, 90]] }, false],
  ["near its end", { currentTime: 40, duration: 41, buffered: [[0, 40.9]] }, true],
  ["an embed that does not say what is loaded", { buffered: [], traits: COARSE }, true],
  ["a film that has no end yet", { duration: Number.POSITIVE_INFINITY }, true],
  ["an embed that does not tell its length before it plays", UNMEASURED, true],
  ["an embed that is only loaded anew, near enough", { currentTime: 44.5, traits: PASSIVE }, true],
  ["an embed that is near", { currentTime: 41.5, buffered: [], traits: COARSE }, true],
])("a paused player %s", (_, facts, ready) => {
  expect(isReady(held, player(facts))).toBe(ready);
});

test("what plays without a break is ready, wherever it is", () => {
  const playing = stateOf({ playing: true, position: 0 });
  expect(isReady(playing, player())).toBe(true);
  expect(isReady(playing, player({ buffering: true }))).toBe(false);
});

test("near the end of what is made there is less to load", () => {
  const facts = {
    duration: Number.POSITIVE_INFINITY,
    buffered: [[30, 40.9]] as [number, number][],
  };
  expect(isReady({ ...held, made_until: 41 }, player(facts))).toBe(true);
  expect(isReady({ ...held, made_until: 60 }, player(facts))).toBe(false);
});

test("at the end of what is made, where no seek ends, there is nothing to wait for", () => {
  const facts = { duration: Number.POSITIVE_INFINITY, buffering: true };
  expect(isReady({ ...held, made_until: 40 }, player(facts))).toBe(true);
  expect(isReady({ ...held, made_until: 41 }, player(facts))).toBe(false);
});
