import { expect, test } from "vitest";
import { closeCodes } from "../protocol.gen";
import { backoffMs, verdict } from "./reconnect";

test("a client reconnects after exactly the close codes that the protocol lists", () => {
  for (const [code, { reconnect }] of Object.entries(closeCodes)) {
    expect(verdict(Number(code)).kind !== "over", code).toBe(reconnect);
  }
});

test("after a spent ticket or an unknown code it joins over REST", () => {
  expect([verdict(4401), verdict(4999), verdict(1011)].map(({ kind }) => kind)).toEqual([
    "join",
    "join",
    "resume",
  ]);
});

test.each([
  [0, 1006, 0, 300],
  [1, 1006, 0, 600],
  [2, 1012, 0, 1_200],
  [5, 1006, 0, 8_000],
  [10_000, 1006, 0, 8_000],
  [0, 4503, 500, 1_100],
  [50, 4503, 500, 8_500],
])("attempt %i after code %i waits between %i and %i ms", (attempt, code, least, most) => {
  expect(backoffMs(attempt, 0, code)).toBe(least);
  expect(backoffMs(attempt, 1, code)).toBe(most);
});
