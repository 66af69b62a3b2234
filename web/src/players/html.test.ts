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

/** A film that plays in a browser that says all the time that it lacks data, as WebKitGTK does. */
function playing() {
  vi.useFakeTimers();
  // happy-dom lacks them.
  vi.stubGlobal("HTMLMediaElement", {
    HAVE_METADATA: 1,
    HAVE_CURRENT_DATA: 2,
    HAVE_FUTURE_DATA: 3,
  });
  const element = document.createElement("video");
  const player = new HtmlPlayer(element);
  for (const [name, value] of Object.entries({ readyState: 2, paused: false, seeking: false }))
    Object.defineProperty(element, name, { value, configurable: true });
  const goTo = (position: number) => {
    element.currentTime = position;
    element.dispatchEvent(new Event("timeupdate"));
  };
  element.dispatchEvent(new Event("waiting"));
  return { element, player, goTo };
}

test("a film that goes on does not wait for data, whatever its browser says", () => {
  const { player, goTo } = playing();
  expect(player.buffering).toBe(true);
  for (const position of [0.25, 0.5, 0.75]) goTo(position);
  expect(player.buffering).toBe(false);
  vi.useRealTimers();
});

test("a film that stops again waits for data", () => {
  const { element, player, goTo } = playing();
  for (const position of [0.5, 1]) goTo(position);
  const waiting = vi.fn();
  player.on("waiting", waiting);
  vi.advanceTimersByTime(999);
  expect(player.buffering).toBe(false);
  vi.advanceTimersByTime(1);
  expect([player.buffering, waiting.mock.calls.length]).toEqual([true, 1]);
  for (const position of [1.5, 2]) goTo(position);
  expect(player.buffering).toBe(false);
  element.dispatchEvent(new Event("waiting"));
  expect(player.buffering).toBe(true);
  vi.useRealTimers();
});

test("what a browser still plays after it said that it waits ends no wait", () => {
  const { player, goTo } = playing();
  for (const position of [0.1, 0.2, 0.2]) goTo(position);
  expect(player.buffering).toBe(true);
  vi.useRealTimers();
});

test("a film of which only the sound plays is unsupported, unless it is one for all browsers", () => {
  const element = document.createElement("video");
  const player = new HtmlPlayer(element);
  Object.defineProperty(element, "videoWidth", { value: 0 });
  const failed = vi.fn();
  player.on("error", ({ error }) => failed(error?.kind));
  player.open({ kind: "file", url: "/sound", only_where: null } as Playable);
  element.dispatchEvent(new Event("loadeddata"));
  expect(failed).not.toHaveBeenCalled();
  const where = { media_type: "video/mp4; codecs=hvc1", code: "not_ready", message: "Not here." };
  player.open({ kind: "file", url: "/film", only_where: where } as Playable);
  element.dispatchEvent(new Event("loadeddata"));
  expect(failed).toHaveBeenCalledExactlyOnceWith("unsupported");
});
