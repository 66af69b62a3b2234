// Reads a subtitle file on this device as WebVTT. Nothing of it leaves the browser.

import { t } from "../language/t";
import { languageOf } from "./choice";
import { decoded } from "./decoded";
import { ENDING } from "./fileNames";
import { otherForm, toWebVtt } from "./webvtt";

/** The server's limit for subtitle files. */
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
  if (file.size > MAX_BYTES) throw new BadSubtitles(t("Subtitle files may have at most 2 MB."));
  const text = await decoded(new Uint8Array(await file.arrayBuffer()));
  const vtt = toWebVtt(text);
  if (vtt === null) throw new BadSubtitles(whyNone(file.name, text));
  return { label: file.name.replace(ENDING, ""), language: languageOf(file.name) || "und", vtt };
}

function whyNone(name: string, text: string): string {
  const form = otherForm(text);
  if (form === null) return t("There are no subtitles in “{{name}}”.", { name });
  return t("“{{name}}” is {{form}}, but must be SRT, WebVTT or ASS.", { name, form });
}
