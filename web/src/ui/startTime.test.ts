import { expect, test } from "vitest";
import { localMinute, momentOf } from "./startTime";

test("a field for a moment shows what was given to it, and gives it back", () => {
  for (const local of [
    "2026-12-31T20:15",
    "0002-01-01T00:00",
    "12026-12-31T20:15",
    "123456-01-01T00:00",
  ]) {
    const moment = momentOf(local);
    expect(moment).toMatch(/Z$/);
    expect(localMinute(moment ?? "")).toBe(local);
  }
  expect(["", "tomorrow", "1234567-01-01T00:00"].map(momentOf)).toEqual([null, null, null]);
});
