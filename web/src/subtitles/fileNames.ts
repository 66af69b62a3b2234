/** The endings of the subtitle files that can be read. */
const ENDINGS = ["srt", "vtt", "ass", "ssa"];

export const ENDING = new RegExp(`\\.(${ENDINGS.join("|")})$`, "i");

/** For the `accept` of a file field. */
export const SUBTITLE_FILES = ENDINGS.map((ending) => `.${ending}`).join(",");

export function isSubtitleFile(file: File): boolean {
  return ENDING.test(file.name);
}
