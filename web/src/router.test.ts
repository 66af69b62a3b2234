// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { match, roomCode } from "./router";

test("every page has its path", () => {
  expect(match("/")).toEqual({ page: "home" });
  expect(match("/r/tq4mzr8k")).toEqual({ page: "room", code: "tq4mzr8k" });
  expect(match("/r/TQ4MZR8K")).toEqual({ page: "room", code: "tq4mzr8k" });
  expect(match("/r/tq4mzr8k/")).toEqual({ page: "room", code: "tq4mzr8k" });
  expect(match("/sign-in")).toEqual({ page: "sign-in", next: "/", invite: "" });
  expect(match("/videos/0a1b-2c")).toEqual({ page: "video", id: "0a1b-2c" });
  expect(match("/account")).toEqual({ page: "account" });
  expect(match("/account/webhooks")).toEqual({ page: "account", part: "webhooks" });
  expect(match("/elsewhere")).toEqual({ page: "not-found" });
});

test("another search in the library stays on the same page", () => {
  expect(match("/library", "?q=lake")).toBe(match("/library"));
});

test("the code of an invite is part of the address", () => {
  expect(match("/sign-in", "?invite=kD3m")).toMatchObject({ invite: "kD3m", next: "/" });
});

test("signing in leads back to the previous page, and never to another site", () => {
  const next = (query: string) => match("/sign-in", query);
  expect(next("?next=/r/tq4mzr8k")).toMatchObject({ page: "sign-in", next: "/r/tq4mzr8k" });
  for (const evil of [
    "//evil.test",
    "/\\evil.test",
    "/\t/evil.test",
    "/.//evil.test",
    "https://evil.test",
    "javascript:alert(1)",
  ])
    expect(next(`?next=${encodeURIComponent(evil)}`)).toEqual({
      page: "sign-in",
      next: "/",
      invite: "",
    });
});

test("a code and a whole invite link both name a room", () => {
  expect(roomCode(" tq4mzr8k ")).toBe("tq4mzr8k");
  expect(roomCode("https://films.example.org/r/tq4mzr8k?from=chat")).toBe("tq4mzr8k");
  expect(roomCode("TQ4MZR8K")).toBe("tq4mzr8k");
  expect(roomCode("TQ4-MZR8-KBC")).toBe("tq4mzr8kbc");
  expect(roomCode("tq4 mzr 8kbc")).toBe("tq4mzr8kbc");
  expect(roomCode("Join me: https://films.example.org/r/TQ4MZR8K.")).toBe("tq4mzr8k");
  expect(roomCode("<films.example.org/r/tq4mzr8k>\n")).toBe("tq4mzr8k");
  expect(roomCode("\ufefftq4mzr8k\u200b")).toBe("tq4mzr8k");
  expect(roomCode("https://a.test/r/tq4mzr8k https://a.test/r/bcdfgh2345")).toBeNull();
  expect(roomCode("https://films.example.org/")).toBeNull();
  expect(roomCode("two words")).toBeNull();
  expect(roomCode("")).toBeNull();
});
