// Reads a subtitle file on this device as WebVTT. Nothing of it leaves the browser.

import { t } from "../language/t";
import { languageOf } from "./choice";
import { ENDING } from "./fileNames";

/** As many bytes as the server takes. */
export const MAX_BYTES = 2 * 1024 * 1024;

export interface LocalSubtitles {
  label: string;
  language: string;
  vtt: string;
}

/** Why a file cannot be shown, as a sentence for people. */
export class BadSubtitles extends Error {
  override readonly name = "BadSubtitles";
}

/** Reads SRT, WebVTT or ASS in any common encoding. Rejects with BadSubtitles. */
export async function readSubtitles(file: File): Promise<LocalSubtitles> {
  if (file.size > MAX_BYTES) throw new BadSubtitles("Subtitle files may have at most 2 MB.");
  const text = await decode(new Uint8Array(await file.arrayBuffer()));
  const type = (ENDING.exec(file.name)?.[1]?.toLowerCase() ?? "srt") as "srt" | "vtt" | "ass";
  const vtt = text.startsWith("WEBVTT") ? text : await converted(text, type);
  if (!vtt.includes("-->"))
    throw new BadSubtitles(t("There are no subtitles in “{{name}}”.", { name: file.name }));
  return { label: file.name.replace(ENDING, ""), language: languageOf(file.name) || "und", vtt };
}

async function decode(bytes: Uint8Array): Promise<string> {
  const encoding = byteOrder(bytes) ?? "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const { detect } = await import("chardet");
    // It also names encodings that browsers do not know.
    const guess = detect(bytes) ?? "windows-1252";
    return decoder(guess).decode(bytes);
  }
}

function byteOrder([first, second]: Uint8Array): string | null {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : null;
}

function decoder(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch {
    return new TextDecoder("windows-1252");
  }
}

async function converted(text: string, type: "srt" | "vtt" | "ass"): Promise<string> {
  const { parseText } = await import("media-captions");
  const { cues } = await parseText(text, { type, strict: false });
  const blocks = [...cues]
    .filter((cue) => cue.endTime > cue.startTime && cue.text.trim() !== "")
    .sort((a, b) => a.startTime - b.startTime)
    .map((cue) => `${timestamp(cue.startTime)} --> ${timestamp(cue.endTime)}\n${lines(cue.text)}`);
  return ["WEBVTT", ...blocks].join("\n\n");
}

/** An empty line would end the cue. */
function lines(text: string): string {
  return text
    .split(/\r?\n|\\N/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}

function timestamp(seconds: number): string {
  const whole = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value) % 60).padStart(2, "0");
  const hours = String(Math.floor(whole / 3_600_000)).padStart(2, "0");
  const ms = String(whole % 1000).padStart(3, "0");
  return `${hours}:${two(whole / 60_000)}:${two(whole / 1000)}.${ms}`;
}
