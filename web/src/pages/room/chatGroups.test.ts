import { expect, test } from "vitest";
import { chatGroups } from "./chatGroups";

const line = (id: string, member: string, at: number) => ({
  id,
  member,
  name: member,
  text: id,
  at,
});
const ids = (groups: ReturnType<typeof chatGroups>) =>
  groups.map((group) => group.items.map((item) => item.id));

test("messages of one person in one minute are one group", () => {
  expect(ids(chatGroups([line("1", "ana", 0), line("2", "ana", 59_999)]))).toEqual([["1", "2"]]);
});

test("another person or another minute starts a new group", () => {
  const chat = [line("1", "ana", 0), line("2", "ben", 10), line("3", "ana", 20)];
  expect(ids(chatGroups(chat))).toEqual([["1"], ["2"], ["3"]]);
  expect(ids(chatGroups([line("1", "ana", 0), line("2", "ana", 60_000)]))).toEqual([["1"], ["2"]]);
});
