import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/clock.json";
import { endedAt, positionAt } from "./timeline";

test.each(vectors.position)("$name", ({ state, now_ms, position, ended }) => {
  expect(positionAt(state, now_ms)).toBeCloseTo(position, 9);
  expect(endedAt(state, now_ms)).toBe(ended);
});
