import { expect, test } from "vitest";
import { BadSubtitles, MAX_BYTES, readSubtitles } from "./localFile";

const SRT =
  "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Où</i> étais-tu passé ?\r\nJe t'ai cherchée à l'école.\r\n\r\n" +
  "2\r\n01:02:03,004 --> 01:02:04,000\r\nÇa suffit, près du château.\r\n";

/** As old programs wrote it: one byte per letter. */
function inLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...text].map((letter) => letter.codePointAt(0) ?? 0));
}

function file(content: string | Uint8Array<ArrayBuffer>, name = "Film.fr.srt"): File {
  return new File([content], name);
}

const VTT =
  "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<i>Où</i> étais-tu passé ?\nJe t'ai cherchée à l'école.\n\n" +
  "01:02:03.004 --> 01:02:04.000\nÇa suffit, près du château.\n";

test("reads SRT in an old encoding, with its language from its name", async () => {
  const read = await readSubtitles(file(inLatin1(SRT)));
  expect(read).toEqual({ label: "Film.fr", language: "fr", vtt: VTT });
});

test("says that a file has no subtitles in it", async () => {
  await expect(readSubtitles(file("Dear Sir or Madam"))).rejects.toThrow(
    new BadSubtitles("There are no subtitles in “Film.fr.srt”."),
  );
});

test("says what a file is that cannot be read", async () => {
  await expect(readSubtitles(file("{1}{25}Hello|there\n"))).rejects.toThrow(
    new BadSubtitles("“Film.fr.srt” is MicroDVD, but must be SRT, WebVTT or ASS."),
  );
});

test("refuses a file that is larger than the server takes", async () => {
  await expect(readSubtitles(file("x".repeat(MAX_BYTES + 1)))).rejects.toThrow(BadSubtitles);
});
