import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { currentRoom, forgetRoom, rememberRoom } from "./currentRoom";

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a room is remembered until it is over, or half a day has passed", () => {
  expect(currentRoom()).toBeNull();
  rememberRoom({ code: "abc", name: "Film night" });
  expect(currentRoom()).toEqual({ code: "abc", name: "Film night" });
  forgetRoom("other");
  expect(currentRoom()?.code).toBe("abc");
  forgetRoom("abc");
  expect(currentRoom()).toBeNull();
  rememberRoom({ code: "abc", name: "Film night" });
  forgetRoom();
  expect(currentRoom()).toBeNull();
  rememberRoom({ code: "abc", name: "Film night" });
  vi.advanceTimersByTime(13 * 3_600_000);
  expect(currentRoom()).toBeNull();
});

test.each(["no JSON", "null", "7", '{"code":7}'])(
  "what is stored wrongly is no room: %s",
  (text) => {
    localStorage.setItem("streamit-room", text);
    expect(currentRoom()).toBeNull();
  },
);
