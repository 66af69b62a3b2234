import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import type { ChatItem } from "../../session/types";
import { newsOf } from "./news";

const line = (id: string, member: string, at: number, pending = false): ChatItem => ({
  ...{ id, member, name: member, role: "viewer" as const, text: id, at },
  ...(pending ? { pending } : {}),
});

function room(lines: ChatItem[], name: string | null = "ana") {
  const chat = signal<readonly ChatItem[]>(lines);
  const you = signal(name === null ? null : { id: name });
  const news = newsOf({ chat, you } as never);
  return { chat, you, read: () => news().map(({ id }) => id) };
}

test("messages of others that came later are news, once", () => {
  const { chat, read } = room([line("1", "ana", 10)]);
  expect(read()).toEqual([]);
  chat.value = [...chat.value, line("2", "ben", 20), line("3", "ana", 30)];
  expect(read()).toEqual(["2"]);
  expect(read()).toEqual([]);
});

test("what was said before the visitor came in is no news", () => {
  const { chat, you, read } = room([], null);
  expect(read()).toEqual([]);
  you.value = { id: "ana" };
  chat.value = [line("1", "ben", 10), line("2", "cem", 20)];
  expect(read()).toEqual([]);
  chat.value = [...chat.value, line("3", "ben", 30)];
  expect(read()).toEqual(["3"]);
});

test("the first message in an empty room is news", () => {
  const { chat, read } = room([]);
  expect(read()).toEqual([]);
  chat.value = [line("1", "ben", 10)];
  expect(read()).toEqual(["1"]);
});

test("a deleted last message makes nothing new", () => {
  const { chat, read } = room([line("1", "ana", 10), line("2", "ben", 20), line("3", "ben", 30)]);
  read();
  chat.value = chat.value.slice(0, 2);
  expect(read()).toEqual([]);
});

test("what is on its way does not count as seen", () => {
  const { chat, read } = room([line("1", "ana", 10), line("2", "ana", 99, true)]);
  read();
  chat.value = [...chat.value, line("3", "ben", 50)];
  expect(read()).toEqual(["3"]);
});
