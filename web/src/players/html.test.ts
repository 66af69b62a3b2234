// @vitest-environment happy-dom

import { expect, test, vi } from "vitest";
import type { Playable } from "../rest.gen";
import { HtmlPlayer } from "./html";

const KEY_S = 20.001;

function adopting(sinceMs: number) {
  vi.spyOn(performance, "now").mockReturnValue(sinceMs);
  const element = document.createElement("video");
  element.src = "/film?token=x&from=20.001#t=21.50";
  const player = new HtmlPlayer(element);
  player.adopt({ kind: "file", url: "/film?token=x" } as Playable, KEY_S);
  return { element, player };
}

test("on a slow line a film shows its key frame before it goes where it is sent", () => {
  const { element, player } = adopting(2000);
  player.seek(23);
  expect(element.currentTime).toBe(KEY_S);
  element.dispatchEvent(new Event("seeked"));
  expect(element.currentTime).toBe(23);
});

test("who sends it elsewhere when that picture is there is followed", () => {
  const { element, player } = adopting(2000);
  player.seek(23);
  player.on("seeked", () => player.seek(24));
  element.dispatchEvent(new Event("seeked"));
  expect(element.currentTime).toBe(24);
});

test("on a fast line a film goes at once where it is sent", () => {
  const { element, player } = adopting(200);
  player.seek(23);
  expect(element.currentTime).toBe(23);
});

test("what comes before the key frame is had from the film as it is", () => {
  const { element, player } = adopting(200);
  player.seek(5);
  expect([element.getAttribute("src"), element.currentTime]).toEqual(["/film?token=x", 5]);
});

test("a film that is sent to its beginning while it loads is there when it has loaded", () => {
  const element = document.createElement("video");
  const player = new HtmlPlayer(element);
  const seeked = vi.fn();
  player.on("seeked", seeked);
  player.open({ kind: "file", url: "/film" } as Playable);
  player.seek(23);
  element.dispatchEvent(new Event("loadedmetadata"));
  expect(seeked).not.toHaveBeenCalled();
  // An element does not report a seek to the position at which it starts anyway.
  player.seek(0);
  element.dispatchEvent(new Event("loadedmetadata"));
  expect(seeked).toHaveBeenCalledExactlyOnceWith({ fromUser: false });
});

function loaded(element: HTMLVideoElement, ranges: [number, number][]) {
  const buffered = {
    length: ranges.length,
    start: (i: number) => ranges[i]?.[0],
    end: (i: number) => ranges[i]?.[1],
  };
  Object.defineProperty(element, "buffered", { value: buffered, configurable: true });
  Object.defineProperty(element, "duration", { value: 60, configurable: true });
}

test("what Chromium guesses to be loaded at the beginning is where the film begins", () => {
  const { element, player } = adopting(200);
  loaded(element, [[0, 3]]);
  expect(player.buffered).toEqual([[KEY_S, KEY_S + 3]]);
});

test.each<[[number, number][], [number, number][]]>([
  [
    [
      [0, 3],
      [22, 30],
    ],
    [[KEY_S, 30]],
  ],
  [
    [
      [0, 1],
      [30, 32],
    ],
    [
      [KEY_S, KEY_S + 1],
      [30, 32],
    ],
  ],
  [
    [
      [0, 50],
      [58, 60],
    ],
    [[KEY_S, 60]],
  ],
  [[[25, 30]], [[25, 30]]],
])("what is loaded of a film from a key frame on, %j, is told as %j", (ranges, told) => {
  const { element, player } = adopting(200);
  loaded(element, ranges);
  expect(player.buffered).toEqual(told);
});

test("a new link is not needed for what is loaded behind the key frame", () => {
  const { element, player } = adopting(200);
  loaded(element, [[0, 3]]);
  player.renew({ kind: "file", url: "/film?token=y" } as Playable);
  player.seek(22);
  expect(element.getAttribute("src")).toContain("from=");
  player.seek(40);
  expect(element.getAttribute("src")).toBe("/film?token=y");
});

test("who seeks by a media key before the first picture is there is sent there after it", () => {
  const handlers = new Map<string, MediaSessionActionHandler | null>();
  const mediaSession = {
    setActionHandler: (name: string, act: MediaSessionActionHandler | null) =>
      handlers.set(name, act),
  };
  vi.stubGlobal("navigator", { mediaSession });
  const { element } = adopting(2000);
  handlers.get("seekto")?.({ action: "seekto", seekTime: 25 });
  expect(element.currentTime).toBe(KEY_S);
  element.dispatchEvent(new Event("seeked"));
  expect(element.currentTime).toBe(25);
  vi.unstubAllGlobals();
});

test("a film that breaks before its first picture is there goes on where it was sent", () => {
  const { element, player } = adopting(2000);
  player.seek(23);
  element.dispatchEvent(new Event("error"));
  expect([element.getAttribute("src"), element.currentTime]).toEqual(["/film?token=x", 23]);
});
