import { expect, test } from "vitest";
import { initials } from "./Avatar";

test.each([
  ["Ana", "A"],
  ["Ana Müller-Lüdenscheidt Wu", "AM"],
  ["Ana 🎬 Müller", "AM"],
  ["🎬 Ana", "A"],
  ["🎬 👩‍👩‍👧", "🎬👩‍👩‍👧"],
  ["ليلى حداد", "لح"],
  ["3 Owls", "3O"],
])("the initials of %s are %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});
