import { expect, test } from "vitest";
import { stepTo } from "./stepTo";

test.each([
  ["ArrowDown", 1, 2],
  ["ArrowUp", 1, 0],
  ["Home", 1, 0],
  ["End", 1, 2],
  ["ArrowLeft", 1, undefined],
  ["a", 1, undefined],
])("%s leads from the second of three to %s", (key, now, to) => {
  expect(stepTo(key, now, 3)).toBe(to);
  expect(stepTo(key, now, 3, { wraps: true })).toBe(to);
});

test("at its ends a list goes on from the other, if it wraps", () => {
  expect(stepTo("ArrowUp", 0, 3)).toBe(-1);
  expect(stepTo("ArrowDown", 2, 3)).toBe(3);
  expect(stepTo("ArrowUp", 0, 3, { wraps: true })).toBe(2);
  expect(stepTo("ArrowDown", 2, 3, { wraps: true })).toBe(0);
});
