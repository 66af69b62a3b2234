import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../net/errors";
import type { VideoQuery } from "../net/library";
import { FakeTimers } from "../net/timers.fake";
import type { VideoList, VideoOut } from "../rest.gen";
import { ANY, VideoSearch } from "./search";

/** A library with videos numbered by age, 1 the oldest. */
class FakeLibrary {
  titles: string[] = [];
  down = false;
  asked: VideoQuery[] = [];
  /** Set it to hold answers back until the test calls them. */
  held: (() => void)[] | null = null;

  readonly ask = async (query: VideoQuery, limit: number, cursor: string | null) => {
    this.asked.push(query);
    if (this.down) throw ApiError.offline();
    const found = this.titles.map(video).filter(({ title }) => title.includes(query.q));
    const from = cursor === null ? 0 : found.findIndex(({ id }) => id === cursor);
    const page: VideoList = {
      total: found.length,
      limit,
      offset: 0,
      videos: found.slice(from, from + limit),
      next_cursor: found[from + limit]?.id ?? null,
    };
    if (this.held) await new Promise<void>((go) => this.held?.push(go));
    return page;
  };
}

function video(title: string): VideoOut {
  return { id: title, title } as VideoOut;
}

let server: FakeLibrary;
let list: VideoSearch;
let timers: FakeTimers;
const titles = () => list.state.value.videos?.map(({ title }) => title);

beforeEach(() => {
  server = new FakeLibrary();
  server.titles = ["e5", "d4", "c3", "b2", "a1"];
  timers = new FakeTimers();
  list = new VideoSearch(server.ask, 2, timers);
});

test("pages are loaded one after another until the end", async () => {
  await list.search(ANY);
  expect(titles()).toEqual(["e5", "d4"]);
  await list.more();
  await list.more();
  expect(titles()).toEqual(["e5", "d4", "c3", "b2", "a1"]);
  expect(list.state.value.next).toBeNull();
  await list.more();
  expect(server.asked).toHaveLength(3);
});

test("the query stays the same for further pages", async () => {
  const query: VideoQuery = { q: "e", status: "failed", sort: "title" };
  server.titles = ["e1", "e2", "e3"];
  await list.search(query);
  await list.more();
  await list.refresh();
  expect(server.asked).toEqual([query, query, query]);
});

test("an answer that comes after a newer request is dropped", async () => {
  server.held = [];
  const first = list.search({ ...ANY, q: "a" });
  const second = list.search({ ...ANY, q: "e" });
  server.held[1]?.();
  await second;
  server.held[0]?.();
  await first;
  expect(titles()).toEqual(["e5"]);
});

test("the list stays when the next page fails, and can be loaded again", async () => {
  await list.search(ANY);
  server.down = true;
  await list.more();
  expect(titles()).toEqual(["e5", "d4"]);
  expect(list.state.value).toMatchObject({
    loading: null,
    failed: { what: "more", error: { code: "offline" } },
  });
  server.down = false;
  await list.more();
  expect(titles()).toHaveLength(4);
  expect(list.state.value.failed).toBeNull();
});

test("a refresh adds new videos, drops deleted ones, and keeps the loaded pages", async () => {
  await list.search(ANY);
  await list.more();
  server.titles = ["f6", "e5", "c3", "b2", "a1"];
  await list.refresh();
  expect(titles()).toEqual(["f6", "e5", "c3", "b2"]);
  await list.more();
  expect(titles()).toEqual(["f6", "e5", "c3", "b2", "a1"]);
  server.titles = ["c3", "f6"];
  await list.refresh();
  expect(titles()).toEqual(["c3", "f6"]);
  expect(list.state.value.next).toBeNull();
});

test("a refresh that fails changes nothing, and is tried again until it succeeds", async () => {
  await list.search(ANY);
  const before = list.state.value;
  server.down = true;
  server.titles = ["f6"];
  await list.refresh();
  await timers.run(60_000);
  expect(list.state.value).toEqual(before);
  server.down = false;
  await timers.run(10_000);
  expect(titles()).toEqual(["f6"]);
  const asked = server.asked.length;
  await timers.run(60_000);
  expect(server.asked).toHaveLength(asked);
});

test("what is added while the list is being loaded is shown too", async () => {
  server.held = [];
  const loading = list.search(ANY);
  await timers.run(0);
  server.titles = ["f6", "e5"];
  await list.refresh();
  server.held[0]?.();
  server.held = null;
  await loading;
  await timers.run(0);
  expect(titles()).toEqual(["f6", "e5"]);
});

test("more videos than one page allows are refreshed in parts", async () => {
  server.titles = Array.from({ length: 150 }, (_, number) => `v${number}`);
  await list.search(ANY);
  while (list.state.value.next !== null) await list.more();
  server.asked = [];
  server.titles.splice(120, 1);
  await list.refresh();
  expect(titles()).toEqual(server.titles);
  expect(server.asked).toHaveLength(2);
});

test("a deleted video leaves the list and its count", async () => {
  await list.search(ANY);
  list.remove("e5");
  list.remove("of another page");
  expect(titles()).toEqual(["d4"]);
  expect(list.state.value.total).toBe(4);
});

test("nothing is left for the next person who signs in", async () => {
  await list.search(ANY);
  list.clear();
  expect(list.state.value).toMatchObject({ videos: null, total: 0, next: null });
});
