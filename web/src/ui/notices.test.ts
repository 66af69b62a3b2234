import { effect, signal } from "@preact/signals";
import { expect, test, vi } from "vitest";
import { notices, notify } from "./notices";

test("what an effect says is said once, and gone after a while", () => {
  vi.useFakeTimers();
  const happened = signal("Ana is the host now.");
  const stop = effect(() => notify(happened.value));
  expect(notices.value.map(({ text }) => text)).toEqual(["Ana is the host now."]);
  vi.advanceTimersByTime(10_000);
  expect(notices.value).toEqual([]);
  stop();
  vi.useRealTimers();
});
