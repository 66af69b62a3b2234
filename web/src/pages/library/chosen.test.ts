// @vitest-environment happy-dom

import { signal } from "@preact/signals";
import { beforeEach, expect, test, vi } from "vitest";
import { api } from "../../net/api";
import { ApiError } from "../../net/errors";
import type { QueueState } from "../../protocol.gen";
import type { VideoOut } from "../../rest.gen";
import { notices } from "../../ui/notices";
import { type Chosen, deleteAll, deletionText, endsChoosing, queueAll } from "./chosen";

const ROOM = { code: "abc", name: "Film night" };
const [one, two] = [film("1", "One"), film("2", "Two")] as const;

let chosen: Chosen;

function film(id: string, title: string): VideoOut {
  return { id, title, size_bytes: 1_500_000 } as VideoOut;
}

function said(): string[] {
  return notices.value.map(({ text }) => text);
}

beforeEach(() => {
  notices.value = [];
  chosen = signal(new Set(["1", "2"]));
});

test("who stops choosing while videos are queued is not made to choose again", async () => {
  vi.spyOn(api, "addToQueue").mockImplementation(async () => {
    chosen.value = null;
    return {} as QueueState;
  });
  await queueAll(chosen, [one, two], ROOM);
  expect(chosen.value).toBeNull();
  expect(said()).toEqual(["2 videos added to the queue of “Film night”."]);
});

test("what was queued before a failure is no longer chosen, and one video is not a number", async () => {
  vi.spyOn(api, "addToQueue")
    .mockResolvedValueOnce({} as QueueState)
    .mockRejectedValue(new ApiError(409, "error", "The queue holds at most 200 items."));
  await queueAll(chosen, [one, two], ROOM);
  expect(chosen.value).toEqual(new Set(["2"]));
  expect(said()).toEqual([
    "The queue holds at most 200 items.",
    "Added to the queue of “Film night”.",
  ]);
});

test("a video that is gone already counts as deleted", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("", { status: 404 }));
  await deleteAll(chosen, [one, two]);
  expect(chosen.value).toBeNull();
  expect(said()).toEqual(["2 videos deleted."]);
});

test("what deleting means is said of one video, or of several", () => {
  expect(deletionText([one])).toMatch(
    /^“One” \(1.5\sMB\) will be deleted for good, with its poster/,
  );
  expect(deletionText([one, two])).toMatch(/^They will be deleted for good \(3.0\sMB\)/);
  expect(deletionText([{ ...one, size_bytes: 0 }])).toMatch(/^“One” will be deleted/);
});

test.each([
  ["<button></button>", true],
  ["<input type=checkbox>", true],
  ["<input type=search>", false],
  ["<select></select>", false],
  ["<div popover><button></button></div>", false],
  ["<dialog open><button></button></dialog>", false],
])("Escape in %s ends the choosing: %s", (html, ends) => {
  document.body.innerHTML = html;
  const pressed: boolean[] = [];
  const listen = (event: KeyboardEvent) => pressed.push(endsChoosing(event));
  document.body.addEventListener("keydown", listen);
  const element = document.querySelector("button, input, select");
  element?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  element?.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
  document.body.removeEventListener("keydown", listen);
  expect(pressed).toEqual([ends, false]);
});
