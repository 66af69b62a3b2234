import { expect, test, vi } from "vitest";
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

const LONG = 200_000;

test.each([
  ["blanks within a line", `a${" ".repeat(LONG)}b`],
  ["blanks at the ends of a line", `${" ".repeat(LONG)}a${"\u00a0".repeat(LONG)}`],
  ["what begins like a tag", `<${" ".repeat(LONG)}x`],
  ["what begins like many tags", "< /".repeat(LONG)],
  ["a tag that does not end", `<i${" ".repeat(LONG)}`],
  ["a line break that does not end", `<br${" ".repeat(LONG)}x`],
  ["braces that do not end", "{\\i1".repeat(LONG)],
  ["numbers that look like a time in a tag", `<${"1:".repeat(LONG)}x`],
  ["references that do not end", `&${"a".repeat(LONG)}`],
  ["blanks in place of an arrow", `00:00:01${" ".repeat(LONG)}x`],
  ["many words that look alike", "{\\b0}a".repeat(LONG)],
])("%s cost no time, however many", (_name, words) => {
  const times = "00:00:01.000 --> 00:00:02.000";
  // A quadratic search would take minutes here.
  expect(toWebVtt(`1\n${times}\n${words}\n`)).toMatch(/^WEBVTT\n/);
  expect(toWebVtt(`WEBVTT\n\n${times}\n${words}\n`)).toMatch(/^WEBVTT\n/);
});

test("of a file of one endless line only the beginning is tried in every encoding", async () => {
  const decode = vi.spyOn(TextDecoder.prototype, "decode");
  await decoded(new Uint8Array(2_000_000).map((_, at) => [0x61, 0x42, 0xe9, 0x94][at % 4] ?? 0));
  const bytes = decode.mock.calls.reduce((sum, [data]) => sum + (data?.byteLength ?? 0), 0);
  decode.mockRestore();
  expect(bytes).toBeLessThan(3 * 2_000_000);
});
