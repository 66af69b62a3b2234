import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/titles.json";
import { mayBeVideo, titleOf, VIDEO_FILES } from "./titles";

test.each(vectors.titles as [string, string][])("the title of %j is %j", (name, title) => {
  expect(titleOf({ name })).toBe(title);
});

test("the ending of any media file is no part of its title", () => {
  for (const ending of vectors.endings) expect(titleOf({ name: `Film.${ending}` })).toBe("Film");
});

test("a file that the server takes may be a video, whatever the system takes it for", () => {
  expect(VIDEO_FILES.split(",")).toEqual(["video/*", ...vectors.videos.map((one) => `.${one}`)]);
  for (const ending of vectors.videos)
    for (const type of ["application/octet-stream", "audio/3gpp", "text/plain"])
      expect(mayBeVideo(new File([""], `Night.${ending.toUpperCase()}`, { type }))).toBe(true);
});

test.each([
  ["Night.mp4", "video/mp4", true],
  ["Night", "video/mp4", true],
  ["Night.mkv", "", true],
  ["song.mp3", "audio/mpeg", false],
  ["ts", "text/plain", false],
])("%s of type %s may be a video: %s", (name, type, may) => {
  expect(mayBeVideo(new File([""], name, { type }))).toBe(may);
});
