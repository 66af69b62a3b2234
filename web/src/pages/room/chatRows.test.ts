import { expect, test } from "vitest";
import { chatRows, peopleText, type Row } from "./chatRows";

const NOON = new Date(2026, 2, 3, 12).getTime();
const DAY_MS = 24 * 3600 * 1000;
const line = (id: string, member: string, at: number) => ({
  ...{ id, member, name: member, role: "viewer" as const, text: id },
  at: NOON + at,
});
const came = (at: number, ...names: string[]) => ({
  ...{ at: NOON + at, left: [] },
  joined: names.map((name) => ({ id: name, name })),
});
const gone = (at: number, ...names: string[]) => ({
  ...{ at: NOON + at, joined: [] },
  left: names.map((name) => ({ id: name, name })),
});
const told = (rows: readonly Row[]) =>
  rows.map((row) => {
    if (row.kind === "group") return row.items.map(({ id }) => id).join(" ");
    return row.kind === "day" ? "day" : peopleText(row);
  });

test("messages of one person in one minute are one group", () => {
  const chat = [line("1", "ana", 0), line("2", "ana", 59_999), line("3", "ana", 60_000)];
  expect(told(chatRows(chat, [], NOON))).toEqual(["1 2", "3"]);
});

test("another person starts a new group", () => {
  const chat = [line("1", "ana", 0), line("2", "ben", 10), line("3", "ana", 20)];
  expect(told(chatRows(chat, [], NOON))).toEqual(["1", "2", "3"]);
});

test("another day has a line above it, today only after another", () => {
  const chat = [line("1", "ana", -DAY_MS), line("2", "ana", -DAY_MS + 10), line("3", "ana", 0)];
  expect(told(chatRows(chat, [], NOON))).toEqual(["day", "1 2", "day", "3"]);
  expect(told(chatRows([line("3", "ana", 0)], [], NOON))).toEqual(["3"]);
});

test("who came and left between two messages is one line", () => {
  const chat = [line("1", "ana", 0), line("2", "ana", 100)];
  const presenceChanges = [came(10, "ben"), gone(20, "cem"), came(30, "dua"), came(200, "eva")];
  expect(told(chatRows(chat, presenceChanges, NOON))).toEqual([
    ...["1", "ben and dua joined. cem left.", "2", "eva joined."],
  ]);
});

test("who only reconnected is not mentioned", () => {
  const presenceChanges = [gone(10, "ben"), came(20, "ben"), came(30, "cem"), gone(40, "cem")];
  expect(told(chatRows([], presenceChanges, NOON))).toEqual([]);
});

test("many names are counted", () => {
  expect(peopleText({ joined: ["a", "b", "c"], left: [] })).toBe("a, b, and c joined.");
  expect(peopleText({ joined: ["a", "b", "c", "d"], left: ["e"] })).toBe(
    "a, b, and 2 others joined. e left.",
  );
});
