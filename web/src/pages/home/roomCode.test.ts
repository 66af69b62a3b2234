// @vitest-environment happy-dom
import { expect, test } from "vitest";
import codes from "../../../../tests/vectors/codes.json";
import { roomCode } from "./roomCode";

test.each([...codes.written, ...codes.pasted])("%j invites to the room %s", (text, code) => {
  expect(roomCode(text as string)).toBe(code);
});
