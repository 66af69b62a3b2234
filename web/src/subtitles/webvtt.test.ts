import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/subtitles.json";
import { decoded } from "./decoded";
import { otherForm, toWebVtt } from "./webvtt";

test.each(vectors.files)("$name", async ({ text, base64, vtt }) => {
  const bytes = base64 ? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) : null;
  expect(toWebVtt(await decoded(bytes ?? new TextEncoder().encode(text)))).toBe(vtt);
});

test.each(vectors.none)("$name", ({ text, form }) => {
  expect(toWebVtt(text)).toBeNull();
  expect(otherForm(text)).toBe(form);
});
