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
