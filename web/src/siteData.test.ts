import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptOrNot } from "./siteData";

/** A browser's Storage with space for this many characters. */
function storageFor(characters: number): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (value.length > characters) throw new DOMException("full", "QuotaExceededError");
      kept.set(key, value);
    },
    removeItem: (key: string) => void kept.delete(key),
  } as Storage;
}

function blocked(): never {
  throw new DOMException("Access is denied for this document.", "SecurityError");
}

test("what the browser keeps is there for the next page, and for another window", () => {
  const storage = storageFor(100);
  new KeptOrNot(() => storage).setItem("volume", "0.5");
  const next = new KeptOrNot(() => storage);
  expect(next.getItem("volume")).toBe("0.5");
  next.setItem("volume", "0.7");
  storage.setItem("volume", "0.2");
  expect(next.getItem("volume")).toBe("0.2");
  next.removeItem("volume");
  expect(storage.getItem("volume")).toBeNull();
});

test.each([
  ["blocks the data of sites", blocked],
  ["has none", () => null],
])("in a browser that %s the page remembers for itself", (_, storage) => {
  const data = new KeptOrNot(storage);
  expect(data.getItem("volume")).toBeNull();
  data.setItem("volume", "0.5");
  expect(data.getItem("volume")).toBe("0.5");
  data.removeItem("volume");
  expect(data.getItem("volume")).toBeNull();
});

test("where the storage is full the newest counts until the page is left", () => {
  const storage = storageFor(3);
  const data = new KeptOrNot(() => storage);
  data.setItem("votes", "a");
  data.setItem("votes", "a b c");
  expect(data.getItem("votes")).toBe("a b c");
  data.setItem("votes", "b");
  expect(storage.getItem("votes")).toBe("b");
  expect(data.getItem("votes")).toBe("b");
});

beforeEach(() => vi.resetModules());
// The next file in this process imports its modules before its first test.
afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("a browser that keeps nothing of the site gets the texts all the same", async () => {
  Object.defineProperty(globalThis, "localStorage", { get: blocked, configurable: true });
  try {
    const { chosen, choose } = await import("./language/language");
    expect(chosen).toBeNull();
    choose("de");
    choose(null);
    const { t } = await import("./language/t");
    expect(t("Library")).toBe("Library");
  } finally {
    Reflect.deleteProperty(globalThis, "localStorage");
  }
});
