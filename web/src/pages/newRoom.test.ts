// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { newRoomName } from "./newRoom";

test("a room is called as what it plays, and no letter or emoji of that is cut in half", () => {
  expect(newRoomName("Stalker")).toBe("Stalker");
  expect(newRoomName("🙂".repeat(130))).toBe("🙂".repeat(120));
  expect(newRoomName(`${"x".repeat(117)}👨\u200d👩\u200d👧`)).toBe("x".repeat(117));
});

test("a room whose film has no name that is seen is called after its owner", () => {
  for (const title of [null, "", " ", "\u3164", "\u0301", "\u202e"])
    expect(newRoomName(title)).toBe("Movie night");
});
