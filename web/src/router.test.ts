// @vitest-environment happy-dom
import { expect, test } from "vitest";
import codes from "../../tests/vectors/codes.json";
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
  expect(match("/r/%zz%20.")).toEqual({ page: "room", code: "zz20" });
  expect(match("/r/..")).toEqual({ page: "not-found" });
  expect(match("/elsewhere")).toEqual({ page: "not-found" });
});

test("a slash at its end leads to the same page", () => {
  for (const path of ["/sign-in", "/library", "/account", "/account/webhooks", "/videos/0a1b-2c"])
    expect(match(`${path}/`)).toEqual(match(path));
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

test.each(codes.written)(
  "an address with %j for a code is that of the room %s",
  (written, code) => {
    expect(match(`/r/${written}`)).toEqual({ page: "room", code });
    expect(match(`/r/${encodeURIComponent(written)}/`)).toEqual({ page: "room", code });
    expect(roomCode(written)).toBe(code);
  },
);

test.each(codes.pasted)("%j invites to the room %s", (text, code) => {
  expect(roomCode(text as string)).toBe(code);
});
