// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chime } from "./sound";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a sound that the browser does not let play is not kept open", () => {
  const close = vi.fn();
  const part = { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, frequency: {} };
  const node = { ...part, connect: (next: unknown) => next, start() {}, stop() {} };
  // Before a gesture it stands still: nothing in it ever ends.
  class Suspended {
    currentTime = 0;
    close = close;
    createOscillator = () => ({ ...node, addEventListener() {} });
    createGain = () => node;
  }
  vi.stubGlobal("AudioContext", Suspended);
  chime();
  vi.advanceTimersByTime(2000);
  expect(close).toHaveBeenCalledOnce();
});
