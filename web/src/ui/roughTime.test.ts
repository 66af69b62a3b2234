import { expect, test } from "vitest";
import { roughTime } from "./roughTime";

test("an estimated time is rounded", () => {
  expect([2, 33, 58, 130, 3590, 5000].map(roughTime)).toEqual([
    "a few seconds",
    "35 s",
    "about a minute",
    "2 min",
    "1 h",
    "1 h 25 min",
  ]);
});
