import { expect, test } from "vitest";
import { clockTime, signedMs, spokenTime } from "./time";

test("times are shown as on a player", () => {
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

test("a drift shows its direction, and a large one is in seconds", () => {
  expect([0.4, -12.4, 12, 999.4, -2300].map(signedMs)).toEqual([
    "0 ms",
    "−12 ms",
    "+12 ms",
    "+999 ms",
    "−2.3 s",
  ]);
});

test("a length has its two largest units", () => {
  expect([0, 59.6, 60, 63, 3600, 3723, 86_400].map(spokenTime)).toEqual([
    "0 s",
    "1 min",
    "1 min",
    "1 min 3 s",
    "1 h",
    "1 h 2 min",
    "1 day",
  ]);
});
