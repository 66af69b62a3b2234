import { expect, test } from "vitest";
import { readStoryboard, tileAt } from "./storyboard";

const TEXT = `WEBVTT

00:00:00.000 --> 00:00:10.000
s001.jpg#xywh=0,0,160,90

01:00:10.000 --> 01:00:20.000
s002.jpg#xywh=160,90,160,90

nonsense --> here
`;

test("a storyboard tells which part of which sheet is shown when", () => {
  const cues = readStoryboard(TEXT, "https://x.example/media/token/film/v1/storyboard.vtt");
  expect(cues).toHaveLength(2);
  expect(tileAt(cues, 9)).toMatchObject({
    sheet: "https://x.example/media/token/film/v1/s001.jpg",
  });
  expect(tileAt(cues, 3611)).toMatchObject({ x: 160, y: 90, width: 160, height: 90 });
  expect(tileAt([], 5)).toBeNull();
});
