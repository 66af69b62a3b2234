import { expect, test } from "vitest";
import { clockTime, signedMs } from "./time";

test("lengths read as on a player", () => {
  expect([0, 9.9, 63, 3599, 3600, 36_060].map(clockTime)).toEqual([
    "0:00",
    "0:09",
    "1:03",
    "59:59",
    "1:00:00",
    "10:01:00",
  ]);
  expect(clockTime(-1)).toBe("0:00");
});

test("a drift says its direction, and becomes seconds when it is large", () => {
  expect([0.4, -12.4, 12, 999.4, -2300].map(signedMs)).toEqual([
    "0 ms",
    "−12 ms",
    "+12 ms",
    "+999 ms",
    "−2.3 s",
  ]);
});
