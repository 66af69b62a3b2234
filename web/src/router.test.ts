// @vitest-environment happy-dom
import { expect, test } from "vitest";
import codes from "../../tests/vectors/codes.json";
import { match } from "./router";

test("every page has its path", () => {
  expect(match("/")).toEqual({ page: "home" });
  expect(match("/r/tq4mzr8k")).toEqual({ page: "room", code: "tq4mzr8k" });
  expect(match("/r/TQ4MZR8K")).toEqual({ page: "room", code: "tq4mzr8k" });
  expect(match("/r/tq4mzr8k/")).toEqual({ page: "room", code: "tq4mzr8k" });
  expect(match("/sign-in")).toEqual({
    page: "sign-in",
    next: "/",
    invite: "",
    isNew: false,
  });
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
  expect(match("/sign-in", "?invite=kD3m")).toMatchObject({
    invite: "kD3m",
    next: "/",
    isNew: true,
  });
});

test("who comes to make an account is not asked to sign in", () => {
  expect(match("/sign-in", "?new&next=/account")).toMatchObject({ isNew: true, next: "/account" });
});

test("the page to go on with after signing in is part of the address", () => {
  expect(match("/sign-in", "?next=/r/tq4mzr8k")).toMatchObject({ next: "/r/tq4mzr8k" });
});

test.each(codes.written)(
  "an address with %j for a code is that of the room %s",
  (written, code) => {
    expect(match(`/r/${written}`)).toEqual({ page: "room", code });
    expect(match(`/r/${encodeURIComponent(written)}/`)).toEqual({ page: "room", code });
  },
);
