import { expect, test } from "vitest";
import { floated } from "./floating";
import { firstEmoji } from "./ReactPanel";

const half = () => 0.5;

test("shows each of a few reactions", () => {
  const shown = floated([], { id: 1, counts: { "😂": 2, "👏": 1 } }, half);
  expect(shown.map(({ emoji }) => emoji)).toEqual(["😂", "😂", "👏"]);
  expect(new Set(shown.map(({ id }) => id)).size).toBe(3);
});

test("shows a crowd in its proportion, and each kind at least once", () => {
  const shown = floated([], { id: 1, counts: { "😂": 900, "👏": 99, "😢": 1 } }, half);
  const of = (emoji: string) => shown.filter((each) => each.emoji === emoji).length;
  expect([of("😂"), of("👏"), of("😢")]).toEqual([11, 1, 1]);
});

test("never shows more than forty at once", () => {
  let shown = floated([], { id: 0, counts: { "😂": 12 } }, half);
  for (let id = 1; id < 9; id++) shown = floated(shown, { id, counts: { "🎉": 12 } }, half);
  expect(shown.length).toBe(40);
  expect(shown.every(({ emoji }) => emoji === "🎉")).toBe(true);
});

test.each([
  ["😂", "😂"],
  ["ha 👨‍👩‍👧‍👦 ha", "👨‍👩‍👧‍👦"],
  ["🇩🇪🇫🇷", "🇩🇪"],
  ["1️⃣", "1️⃣"],
  ["haha", null],
  ["", null],
])("takes the first emoji of %j", (text, expected) => {
  expect(firstEmoji(text)).toBe(expected);
});
