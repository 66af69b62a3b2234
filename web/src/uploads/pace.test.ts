import { expect, test } from "vitest";
import { Pace } from "./pace";

test("the speed is measured over the last seconds", () => {
  const pace = new Pace();
  pace.mark(0, 0);
  expect(pace.bytesPerS).toBeNull();
  for (let second = 1; second <= 20; second++) pace.mark(second * 1000, second * 500);
  expect(pace.bytesPerS).toBe(500);
  for (let second = 21; second <= 40; second++)
    pace.mark(second * 1000, 10_000 + (second - 20) * 100);
  expect(pace.bytesPerS).toBe(100);
});

test("measurements are void when the upload restarts or falls back", () => {
  const pace = new Pace();
  pace.mark(0, 0);
  pace.mark(2000, 2000);
  expect(pace.bytesPerS).toBe(1000);
  pace.mark(3000, 1500);
  expect(pace.bytesPerS).toBeNull();
  pace.restart();
  pace.mark(9000, 1500);
  expect(pace.bytesPerS).toBeNull();
});
