import { expect, test } from "vitest";
import type { PlaybackSource } from "../../protocol.gen";
import { FilmTitle } from "./filmTitle";

const LAKE = { provider: "library", media_type: "movie", external_id: "lake" } as PlaybackSource;
const SEA = { ...LAKE, external_id: "sea" };
const plays = (source: PlaybackSource) => ({ source, unloaded: null });

test("a film that was deleted while it played keeps its name", () => {
  const film = new FilmTitle();
  expect(film.of(plays(LAKE), "At the lake", null)).toBe("At the lake");
  expect(film.of({ source: null, unloaded: "deleted" }, null, null)).toBe("At the lake");
});

test("a removed film whose name was never known is said to be gone, not called a video", () => {
  for (const [unloaded, text] of [
    ["deleted", "This video is gone"],
    ["taken_back", "This video is no longer shared"],
  ] as const)
    expect(new FilmTitle().of({ source: null, unloaded }, null, null)).toBe(text);
});

test("a film without a file is called as the room's details call it, and no other film is", () => {
  const film = new FilmTitle();
  const room = { source: LAKE, source_title: "At the lake" };
  expect(film.of(plays(LAKE), null, room)).toBe("At the lake");
  expect(film.of(plays(SEA), null, room)).toBe("An uploaded video");
  expect(film.of({ source: null, unloaded: null }, null, room)).toBe("No video yet");
});
