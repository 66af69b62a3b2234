import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/clock.json";
import { positionAt } from "./timeline";

test.each(vectors.position)("$name", ({ state, now_ms, position }) => {
  expect(positionAt(state, now_ms)).toBeCloseTo(position, 9);
});
