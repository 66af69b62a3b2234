import { expect, test } from "vitest";
import { nextEpisode } from "./nextEpisode";

const work = { provider: "vidking", external_id: "1399" };
const episode = (number: number) => ({
  ...work,
  media_type: "tv" as const,
  season: 2,
  episode: number,
});
const film = { ...work, media_type: "movie" as const, season: null, episode: null };

test("after an episode the next one of its season is offered", () => {
  expect(nextEpisode([episode(3)])).toEqual(episode(4));
});

test("after episodes that wait the one after the last of them is offered", () => {
  expect(nextEpisode([episode(3), episode(4), episode(5)])).toEqual(episode(6));
});

test("a film that waits behind a series takes no offer away", () => {
  expect(nextEpisode([episode(3), film])).toEqual(episode(4));
});

test("where only films play and wait nothing is offered", () => {
  expect(nextEpisode([film, null])).toBeNull();
});
