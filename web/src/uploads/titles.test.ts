import { expect, test } from "vitest";
import { mayBeVideo } from "./titles";

test.each([
  ["Night.mp4", "video/mp4", true],
  ["Night.mkv", "", true],
  // What systems take the endings of films for.
  ["Night.TS", "text/vnd.trolltech.linguist", true],
  ["00001.m2ts", "model/vnd.mts", true],
  ["song.mp3", "audio/mpeg", false],
  ["ts", "text/plain", false],
])("%s of type %s may be a video: %s", (name, type, may) => {
  expect(mayBeVideo(new File([""], name, { type }))).toBe(may);
});
