import { beforeEach, expect, test } from "vitest";
import { Unfinished } from "./unfinished";

class FakeStore {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
}

let store: FakeStore;
let here: Unfinished;

beforeEach(() => {
  store = new FakeStore();
  here = new Unfinished(store, "ana", "here");
});

function begin(unfinished: Unfinished, name: string) {
  return unfinished.addUpload(name, {
    size: 100,
    metadata: { filename: name },
    creationTime: "",
    urlStorageKey: "",
    uploadUrl: `/uploads/${name}`,
    parallelUploadUrls: null,
  });
}

test("an upload is found by its file until it is finished", async () => {
  const key = await begin(here, "a");
  expect(await here.findUploadsByFingerprint("a")).toMatchObject([{ uploadUrl: "/uploads/a" }]);
  expect(await here.findUploadsByFingerprint("b")).toEqual([]);
  await here.removeUpload(key);
  expect(await here.findAllUploads()).toEqual([]);
});

test("a person who signs out leaves nothing of theirs, and everything of others", async () => {
  await begin(here, "a");
  const ben = new Unfinished(store, "ben", "here");
  await begin(ben, "b");
  here.forgetAll();
  expect(await here.findAllUploads()).toEqual([]);
  expect(await ben.findAllUploads()).toHaveLength(1);
});

test("another person on this device sees nothing of it", async () => {
  await begin(here, "a");
  const ben = new Unfinished(store, "ben", "here");
  expect(ben.lost()).toEqual([]);
  expect(await ben.findUploadsByFingerprint("a")).toEqual([]);
});

test("an upload is lost after a reload of its window, or when its window is silent", async () => {
  await begin(here, "a");
  const elsewhere = new Unfinished(store, "ana", "elsewhere");
  expect(here.lost()).toHaveLength(1);
  expect(elsewhere.lost()).toEqual([]);
  const later_ms = Date.now() + 200_000;
  expect(elsewhere.lost(later_ms)).toHaveLength(1);
  here.touch("a", later_ms);
  expect(elsewhere.lost(later_ms)).toEqual([]);
});

test("a store that is corrupt or full does no harm", async () => {
  store.items.set("streamit-uploads", "{");
  expect(await here.findAllUploads()).toEqual([]);
  store.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  await begin(here, "a");
  expect(here.lost()).toEqual([]);
});
