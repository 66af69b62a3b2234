/** The endings of the subtitle files that can be read. */
export const ENDING = /\.(srt|vtt|ass|ssa)$/i;

export function isSubtitleFile(file: File): boolean {
  return ENDING.test(file.name);
}
