import { expect, test } from "vitest";
import type { Playable, PlayableRendition } from "../rest.gen";
import { forThisBrowser, inQuality } from "./quality";
import { choicesOf, qualitiesOf } from "./qualityChoices";

const HLS = "application/vnd.apple.mpegurl";
const ORIGINAL = way("original", "/film", "video/mp4", { media_type: "video/mp4; codecs=hvc1" });
const STREAM = way("hls", "/film.m3u8", HLS, { sizes: [360, 720], default: true });

function way(
  kind: PlayableRendition["kind"],
  url: string,
  mime_type: string,
  rest: Partial<PlayableRendition> = {},
): PlayableRendition {
  return {
    kind,
    url,
    mime_type,
    media_type: null,
    height: null,
    sizes: [],
    default: false,
    ...rest,
  };
}

function film(...renditions: PlayableRendition[]): Playable {
  return {
    kind: "hls",
    url: "/film.m3u8",
    expires_at: null,
    mime_type: HLS,
    title: null,
    only_where: null,
    subtitles: [],
    storyboard_url: null,
    renditions,
  };
}

test("the original is offered where this browser says that it plays it", () => {
  const asked: string[] = [];
  const plays = (answer: boolean) => (mediaType: string) => asked.push(mediaType) > 0 && answer;
  const playable = film(ORIGINAL, STREAM);
  expect(qualitiesOf(playable, plays(true))).toEqual(["auto", "original", 720, 360]);
  expect(qualitiesOf(playable, plays(false))).toEqual(["auto", 720, 360]);
  expect(asked).toEqual(["video/mp4; codecs=hvc1", "video/mp4; codecs=hvc1"]);
});

test("without sizes that were made it is for the player to say what there is", () => {
  expect(qualitiesOf(film(), () => true)).toEqual([]);
  expect(qualitiesOf(film(ORIGINAL, way("mp4", "/made", "video/mp4")), () => true)).toEqual([]);
});

test("a browser that does not play the file plays the copy that is being made", () => {
  const where = { media_type: "video/mp4; codecs=hvc1", code: "not_ready", message: "Not here." };
  const copy = way("hls", "/growing.m3u8", HLS);
  const both = { ...film(ORIGINAL, copy), kind: "file", url: "/film", only_where: where } as const;
  expect(forThisBrowser(both, () => true)).toBe(both);
  expect(qualitiesOf(both, () => true)).toEqual([]);
  expect(forThisBrowser(both, () => false)).toMatchObject({
    kind: "hls",
    url: "/growing.m3u8",
    only_where: null,
    renditions: [],
  });
  const alone = { ...both, renditions: [] };
  expect(forThisBrowser(alone, () => false)).toBe(alone);
});

test.each([
  ["auto", "/film.m3u8", "hls"],
  ["original", "/film", "file"],
  [360, "/film.m3u8", "hls"],
] as const)("%s is played by its own address", (quality, url, kind) => {
  expect(inQuality(film(ORIGINAL, STREAM), quality)).toMatchObject({ url, kind });
});

test("what a film does not have is played by default", () => {
  expect(inQuality(film(STREAM), "original").url).toBe("/film.m3u8");
});

test("one of the choices is checked, and Auto says what it shows", () => {
  const choices = choicesOf(["auto", "original", 360], "auto", "Auto (360p)", () => {});
  expect(choices.map(({ label, checked }) => [label, checked])).toEqual([
    ["Auto (360p)", true],
    ["Original", false],
    ["360p", false],
  ]);
});
