// @vitest-environment happy-dom

import { expect, test, vi } from "vitest";
import type { Playable } from "../rest.gen";
import { errorOfAnswer, HtmlPlayer } from "./html";

const PAGE = "<html><title>Conflict</title></html>";

function refusal(code: string): string {
  return JSON.stringify({ error: { code, message: "It says why." } });
}

test.each([408, 409, 421, 423, 425, 499, 400])(
  "a %i without a reason of our server may pass",
  (status) => {
    for (const body of [PAGE, "", refusal("of_a_newer_server")])
      expect(errorOfAnswer(status, body).kind).toBe("network");
  },
);

test("what our server will not do the next time is told at once", () => {
  const error = { kind: "unplayable", message: "It says why." };
  expect(errorOfAnswer(502, refusal("storage_refused"))).toEqual(error);
  expect(errorOfAnswer(409, refusal("not_playable"))).toEqual(error);
});

test("what our server may do the next time is asked for again", () => {
  expect(errorOfAnswer(503, refusal("unavailable")).kind).toBe("network");
  expect(errorOfAnswer(409, refusal("not_ready")).kind).toBe("preparing");
});

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
