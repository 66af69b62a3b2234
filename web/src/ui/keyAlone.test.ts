import { expect, test } from "vitest";
import { isComposed, isHeld, keyAlone } from "./keyAlone";

function press(key: string, more: Partial<KeyboardEvent> = {}, held = ""): KeyboardEvent {
  const event = { key, isComposing: false, keyCode: 0, ...more };
  return { ...event, getModifierState: (name: string) => name === held } as KeyboardEvent;
}

test.each(["", "Shift", "CapsLock", "NumLock"])("a key is alone with %j", (held) => {
  expect(keyAlone(press("ArrowLeft", {}, held))).toBe("ArrowLeft");
});

test.each(["Control", "Meta", "Alt", "AltGraph"])("a key with %s is the browser's", (held) => {
  expect(keyAlone(press("ArrowLeft", {}, held))).toBe("");
  expect(isHeld(press("k", {}, held))).toBe(true);
});

test.each([{ isComposing: true }, { keyCode: 229 }, { key: "Process" }])(
  "a key is the input method's while a character is composed: %o",
  (more) => {
    expect(keyAlone(press("ArrowDown", more))).toBe("");
    expect(isComposed(press("Enter", more))).toBe(true);
  },
);

test("Enter alone is not composed", () => {
  expect(isComposed(press("Enter", { keyCode: 13 }))).toBe(false);
});
