import { expect, test } from "vitest";
import { newestAt, newSince } from "./news";

const line = (id: string, member: string, at: number, pending = false) => ({
  ...{ id, member, name: member, role: "viewer" as const, text: id, at },
  ...(pending ? { pending } : {}),
});

test("messages of others that came later are new", () => {
  const chat = [line("1", "ana", 10), line("2", "ben", 20), line("3", "ana", 30)];
  expect(newSince(chat, 10, "ana").map(({ id }) => id)).toEqual(["2"]);
});

test("a deleted last message makes nothing new", () => {
  const chat = [line("1", "ana", 10), line("2", "ben", 20), line("3", "ben", 30)];
  const seen = newestAt(chat);
  expect(newSince(chat.slice(0, 2), seen, "ana")).toEqual([]);
});

test("what is on its way does not count as seen", () => {
  expect(newestAt([line("1", "ana", 10), line("2", "ana", 99, true)])).toBe(10);
  expect(newestAt([])).toBe(0);
});
