// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { match, roomCode } from "./router";

test("every page has its path", () => {
  expect(match("/")).toEqual({ page: "home" });
  expect(match("/r/tq4mzr8k")).toEqual({ page: "room", code: "tq4mzr8k" });
  expect(match("/r/tq4mzr8k/")).toEqual({ page: "room", code: "tq4mzr8k" });
  expect(match("/sign-in")).toEqual({ page: "sign-in", next: "/" });
  expect(match("/videos/0a1b-2c")).toEqual({ page: "video", id: "0a1b-2c" });
  expect(match("/account")).toEqual({ page: "account" });
  expect(match("/elsewhere")).toEqual({ page: "not-found" });
});

test("another search in the library is the same page", () => {
  expect(match("/library", "?q=lake")).toBe(match("/library"));
});

test("signing in leads back to where one was, and never to another site", () => {
  const next = (query: string) => match("/sign-in", query);
  expect(next("?next=/r/tq4mzr8k")).toEqual({ page: "sign-in", next: "/r/tq4mzr8k" });
  for (const evil of [
    "//evil.test",
    "/\\evil.test",
    "/\t/evil.test",
    "/.//evil.test",
    "https://evil.test",
    "javascript:alert(1)",
  ])
    expect(next(`?next=${encodeURIComponent(evil)}`)).toEqual({ page: "sign-in", next: "/" });
});

test("a code and a whole invite link both name a room", () => {
  expect(roomCode(" tq4mzr8k ")).toBe("tq4mzr8k");
  expect(roomCode("https://films.example.org/r/tq4mzr8k?from=chat")).toBe("tq4mzr8k");
  expect(roomCode("https://films.example.org/")).toBeNull();
  expect(roomCode("two words")).toBeNull();
  expect(roomCode("")).toBeNull();
});
