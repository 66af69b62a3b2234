// @vitest-environment happy-dom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "../../net/api";
import type { RoomList, RoomOut } from "../../rest.gen";
import { PublicRooms } from "./PublicRooms";

let place: HTMLElement;

beforeEach(() => {
  vi.useFakeTimers();
  place = document.createElement("div");
});

afterEach(() => {
  act(() => render(null, place));
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function listOf(count: number): RoomList {
  const rooms = Array.from(
    { length: count },
    (_, number) => ({ code: `room${number}` }) as RoomOut,
  );
  return { total: 20, limit: count, offset: 0, rooms };
}

test("a refresh that was asked before “Show more” takes away none of what that has shown", async () => {
  const answers: ((list: RoomList) => void)[] = [];
  vi.spyOn(api, "publicRooms").mockImplementation(
    () => new Promise((resolve) => answers.push(resolve)),
  );
  act(() => render(<PublicRooms />, place));
  await act(async () => answers[0]?.(listOf(12)));
  await act(async () => void (await vi.advanceTimersByTimeAsync(15_000)));
  act(() => place.querySelector("button")?.click());
  await act(async () => answers[2]?.(listOf(20)));
  await act(async () => answers[1]?.(listOf(12)));
  expect(place.querySelectorAll("li")).toHaveLength(20);
});
