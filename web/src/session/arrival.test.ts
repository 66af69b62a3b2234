// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { filmShown, takeJoin, takeVideo } from "./arrival";

const ANSWER = { status: "approved", ticket: "t", ws_url: "ws://a/ws/rooms/abc/", playback: null };

beforeEach(() => {
  document.body.innerHTML = `<video id="film" src="/film?token=x&from=2.001#t=3.00"></video>
    <script type="application/json" id="joined">${JSON.stringify(ANSWER)}</script><div id="app"></div>`;
});

test("the answer to joining is given away once", () => {
  expect(takeJoin("abc")?.answer).toEqual(ANSWER);
  expect(takeJoin("abc")).toBeNull();
});

test("an answer for another room is not taken, and its film goes", () => {
  expect(takeJoin("xyz")).toBeNull();
  expect(document.querySelector("video")).toBeNull();
});

test("the film is taken where it stands, and only once it has been moved is there none", () => {
  const [film, keyS] = takeVideo("/film?token=x") ?? [];
  expect(film).toBe(document.querySelector("video"));
  expect(keyS).toBe(2.001);
  document.getElementById("app")?.append(film as Node);
  expect(takeVideo("/film?token=x")).toBeNull();
  expect(document.querySelector("video")).toBe(film);
});

test("a film that was made is taken by its address without where it begins", () => {
  document.getElementById("film")?.setAttribute("src", "/media/x/y/v1/film.mp4?from=2.001#t=3.00");
  expect(takeVideo("/media/x/y/v1/film.mp4")?.[1]).toBe(2.001);
});

test("a film at another address goes", () => {
  expect(takeVideo("/film?token=y")).toBeNull();
  expect(document.querySelector("video")).toBeNull();
});

test("a film that comes from its beginning says no key frame", () => {
  document.querySelector("video")?.setAttribute("src", "/film?token=x#t=3.00");
  expect(takeVideo("/film?token=x")?.[1]).toBe(0);
});

/** Tells whether what waits for the film's first picture may come. */
async function mayCome(): Promise<boolean> {
  let may = false;
  void filmShown().then(() => {
    may = true;
  });
  await Promise.resolve();
  await Promise.resolve();
  return may;
}

test("without a film that came with the page nothing waits for its picture", async () => {
  takeVideo("/film?token=y");
  expect(await mayCome()).toBe(true);
});

test.each(["loadeddata", "error"])("what can wait comes after the film's %s", async (event) => {
  const [film] = takeVideo("/film?token=x") ?? [];
  expect(await mayCome()).toBe(false);
  film?.dispatchEvent(new Event(event));
  expect(await mayCome()).toBe(true);
});

test("what can wait does not wait for a film that does not come", async () => {
  vi.useFakeTimers();
  takeVideo("/film?token=x");
  vi.advanceTimersByTime(1_900);
  expect(await mayCome()).toBe(false);
  vi.advanceTimersByTime(200);
  expect(await mayCome()).toBe(true);
  vi.useRealTimers();
});
