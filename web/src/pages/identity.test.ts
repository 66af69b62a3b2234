import { expect, test } from "vitest";
import { ApiError } from "../net/errors";
import { FakeTimers } from "../net/timers.fake";
import type { UserOut } from "../rest.gen";
import { Identity } from "./identity";

const ANA: UserOut = {
  id: "1",
  display_name: "Ana",
  is_guest: false,
  email: "ana@example.org",
  is_staff: false,
};
const NOBODY = new ApiError(401, "not_authenticated", "Sign in.");

/** Visits with a browser that has stored `text`, on a server that gives these answers in turn. */
function come(text: string, ...answers: (UserOut | ApiError)[]) {
  const kept = new Map([["streamit-known", text]]);
  const timers = new FakeTimers();
  const identity = new Identity({
    ask: async () => {
      const answer = answers.shift();
      if (!answer) throw new Error("asked once more");
      if (answer instanceof ApiError) throw answer;
      return answer;
    },
    kept: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
    },
    timers,
    random: () => 1,
  });
  return { identity, timers, kept: () => kept.get("streamit-known"), answers };
}

test.each([
  ApiError.offline(),
  new ApiError(503, "unavailable", "Later."),
  ApiError.of(502, "<html>", null),
])("a member stays one while the server does not say who they are: %s", async (failure) => {
  const { identity, timers, kept } = come("member", failure, ANA);
  identity.find();
  await timers.run(0);
  expect(identity.me.value).toBeUndefined();
  expect(identity.isKnown.value).toBe(true);
  expect(kept()).toBe("member");
  await timers.run(300);
  expect(identity.me.value).toBe(ANA);
});

test("why the server does not say it is told when it lasts, and until it says it", async () => {
  const offline = ApiError.offline();
  const { identity, timers } = come("member", offline, offline, offline, ANA);
  identity.find();
  await timers.run(300);
  expect(identity.failure.value).toBeNull();
  await timers.run(600);
  expect(identity.failure.value).toBe(offline);
  identity.find();
  await timers.run(0);
  expect(identity.failure.value).toBeNull();
  expect(identity.me.value).toBe(ANA);
  await timers.run(60_000);
});

test("it is asked again no sooner than the server wants", async () => {
  const busy = new ApiError(429, "rate_limited", "Wait.", {}, 5);
  const { identity, timers } = come("", busy, ANA);
  identity.find();
  await timers.run(4999);
  expect(identity.me.value).toBeUndefined();
  await timers.run(1);
  expect(identity.me.value).toBe(ANA);
});

test("who needs to know at once is told what failed", async () => {
  const offline = ApiError.offline();
  const { identity } = come("member", offline);
  await expect(identity.load()).rejects.toBe(offline);
  expect(identity.me.value).toBeUndefined();
});

test.each([
  ["member", true],
  ["former member", true],
  ["guest", false],
  ["", false],
])("nobody is signed in where the server says so; kept was “%s”", async (text, wasMember) => {
  const { identity, kept } = come(text, NOBODY);
  expect(identity.isKnown.value).toBe(text === "member" || text === "guest");
  await identity.load();
  expect(identity.me.value).toBeNull();
  expect(identity.wasMember.value).toBe(wasMember);
  expect(kept()).toBe(wasMember ? "former member" : "");
});

test("a member who signs out, or wants to be a guest, is a member no more", async () => {
  const { identity, kept } = come("", ANA);
  await identity.load();
  expect(kept()).toBe("member");
  identity.lost();
  expect(identity.wasMember.value).toBe(true);
  identity.is(null);
  expect(identity.wasMember.value).toBe(false);
  expect(kept()).toBe("");
});

test.each([NOBODY, { ...ANA, display_name: "Old" }])(
  "a slow answer from before a sign-in does not undo it: %o",
  async (slow) => {
    const { identity, kept } = come("", slow);
    const asked = identity.load();
    identity.is(ANA);
    await asked;
    expect(identity.me.value).toBe(ANA);
    expect(kept()).toBe("member");
  },
);
