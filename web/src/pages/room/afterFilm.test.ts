import { expect, test } from "vitest";
import type { QueueItem, QueueState, State } from "../../protocol.gen";
import { afterFilm, type Film } from "./afterFilm";

const NEXT = { id: "1", title: "The next film" } as QueueItem;
const STATE = { duration: 100, made_until: null, rate: 1 } as State;
const QUEUE = { items: [NEXT], autoplay: true } as unknown as QueueState;
const FILM: Film = {
  state: STATE,
  queue: QUEUE,
  position: 95,
  length: 100,
  isPlaying: true,
  isControllerHere: true,
  isServerHere: true,
};

const SOON = { kind: "soon", next: NEXT, inS: 5 };
const OVER = { kind: "over", next: NEXT, continues: true, needsController: false };

test.each([
  ["counted down where the server goes on", {}, SOON],
  [
    "counted in seconds of the clock, not of the film",
    { state: { ...STATE, rate: 2 } },
    { ...SOON, inS: 3 },
  ],
  [
    "told without a time while no controller is here",
    { isControllerHere: false },
    { ...SOON, inS: null },
  ],
  [
    "told without a time while the server is not heard of",
    { isServerHere: false },
    { ...SOON, inS: null },
  ],
  ["not told while the film is paused", { isPlaying: false }, null],
  [
    "not told where the queue does not go on by itself",
    { queue: { ...QUEUE, autoplay: false } },
    null,
  ],
  ["not told where nothing waits", { queue: { ...QUEUE, items: [] } }, null],
  [
    "not told where only this player knows the length",
    { state: { ...STATE, duration: null } },
    null,
  ],
  ["not told before the whole film is made", { state: { ...STATE, made_until: 98 } }, null],
])("before the end the next film is %s", (_how, facts, after) => {
  expect(afterFilm({ ...FILM, ...facts })).toEqual(after);
});

test.each([
  ["the server goes on", {}, OVER],
  [
    "the room needs a controller to go on",
    { isControllerHere: false },
    { ...OVER, needsController: true },
  ],
  [
    "the server does not know it",
    { state: { ...STATE, duration: null } },
    { ...OVER, continues: false },
  ],
  [
    "the queue does not go on by itself",
    { queue: { ...QUEUE, autoplay: false } },
    { ...OVER, continues: false },
  ],
  ["nothing waits", { queue: null }, { ...OVER, next: undefined, continues: false }],
])("at the end %s", (_what, facts, after) => {
  expect(afterFilm({ ...FILM, position: 99.9, ...facts })).toEqual(after);
});
