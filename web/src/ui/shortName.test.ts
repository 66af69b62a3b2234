import { expect, test } from "vitest";
import { shortName } from "./shortName";

test.each([
  ["Ana", "Ana"],
  ["Maximilian", "Maximilian"],
  ["Maximiliana-Alexandrine", "Maximilia…"],
  ["Bartlomie Kowalski", "Bartlomie…"],
  [
    "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦",
    "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦",
  ],
])("%s is %s on a phone", (name, short) => {
  expect(shortName(name)).toBe(short);
});
