import { expect, test } from "vitest";
import { BadSubtitles, readSubtitles } from "./localFile";

const SRT =
  "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Où</i> étais-tu passé ?\r\nJe t'ai cherchée à l'école.\r\n\r\n" +
  "2\r\n01:02:03,004 --> 01:02:04,000\r\nÇa suffit, près du château.\r\n";
const ASS = `[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:03.00,0:00:04.50,Default,,0,0,0,,{\\i1}A sign{\\i0}, read\\Ntwice
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,First
`;

/** As programs of old wrote it: one byte a letter. */
function inLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...text].map((letter) => letter.codePointAt(0) ?? 0));
}

function file(content: string | Uint8Array<ArrayBuffer>, name = "Film.fr.srt"): File {
  return new File([content], name);
}

const EXPECTED = [
  "WEBVTT",
  "00:00:01.000 --> 00:00:02.500\n<i>Où</i> étais-tu passé ?\nJe t'ai cherchée à l'école.",
  "01:02:03.004 --> 01:02:04.000\nÇa suffit, près du château.",
].join("\n\n");

test.each([
  ["UTF-8", SRT],
  ["UTF-8 with its mark", `\ufeff${SRT}`],
  ["Windows-1252", inLatin1(SRT)],
])("reads SRT in %s", async (_, content) => {
  expect(await readSubtitles(file(content))).toEqual({
    label: "Film.fr",
    language: "fr",
    vtt: EXPECTED,
  });
});

test("reads ASS in the order of its times", async () => {
  const { vtt } = await readSubtitles(file(ASS, "Film.ass"));
  expect(vtt.replaceAll(/<[^>]*>/g, "")).toBe(
    [
      "WEBVTT",
      "00:00:01.000 --> 00:00:02.500\nFirst",
      "00:00:03.000 --> 00:00:04.500\nA sign, read\ntwice",
    ].join("\n\n"),
  );
});

test("leaves WebVTT as it is", async () => {
  const vtt = "WEBVTT\n\n00:01.000 --> 00:02.000 line:0\n<v Ana>Hello\n";
  expect((await readSubtitles(file(vtt, "a.vtt"))).vtt).toBe(vtt);
});

test("says that a file has no subtitles in it", async () => {
  await expect(readSubtitles(file("Dear Sir or Madam"))).rejects.toThrow(BadSubtitles);
});
