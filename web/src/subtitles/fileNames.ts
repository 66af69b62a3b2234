/** The file extensions of supported subtitle files. */
const ENDINGS = ["srt", "vtt", "ass", "ssa"];

export const ENDING = new RegExp(`\\.(${ENDINGS.join("|")})$`, "i");

/** For the `accept` attribute of a file field. */
export const SUBTITLE_FILES = ENDINGS.map((ending) => `.${ending}`).join(",");

export function isSubtitleFile(file: File): boolean {
  return ENDING.test(file.name);
}
