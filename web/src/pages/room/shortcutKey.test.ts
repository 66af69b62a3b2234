import { expect, test } from "vitest";
import { shortcutKey } from "./shortcutKey";

const press = (key: string, code: string, more = {}) => ({
  key,
  code,
  isComposing: false,
  keyCode: 0,
  ...more,
});

test.each([
  ["k", "KeyK", "k"],
  ["K", "KeyK", "k"],
  ["л", "KeyK", "k"],
  ["Л", "KeyK", "k"],
  ["κ", "KeyK", "k"],
  ["ㅏ", "KeyK", "k"],
  ["ك", "Semicolon", "ك"],
  // Dvorak: the written letter counts, not the position.
  ["t", "KeyK", "t"],
  ["k", "KeyV", "k"],
  // AZERTY has M where others have the semicolon.
  ["m", "Semicolon", "m"],
  ["?", "Minus", "?"],
  ["\u061f", "Slash", "?"],
  ["\uff1f", "Slash", "?"],
  // Hindi, Bengali, Tamil and Burmese have a combining mark there, Tamil also a ligature.
  ["\u093f", "KeyF", "f"],
  ["\u09bf", "KeyF", "f"],
  ["\u0bbf", "KeyF", "f"],
  ["\u102d", "KeyF", "f"],
  ["\u0b95\u0bcd\u0bb7", "KeyT", "t"],
  ["\uff4b", "KeyK", "k"],
  [" ", "Space", " "],
  ["ArrowLeft", "ArrowLeft", "arrowleft"],
])("%s at %s is %s", (key, code, shortcut) => {
  expect(shortcutKey(press(key, code))).toBe(shortcut);
});

test.each([{ isComposing: true }, { keyCode: 229 }, { key: "Process" }])(
  "no key does anything while a character is composed: %o",
  (more) => {
    expect(shortcutKey({ ...press("k", "KeyK"), ...more })).toBe("");
  },
);
