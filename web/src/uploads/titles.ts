const TITLE_MAX = 120;
/** What the server takes out of a file's name, too: it does not belong into a line of text. */
const CONTROLS = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/gu;

/** "Night.of.the.film.mp4" → "Night.of.the.film", as long as a title may be. */
export function titleOf(file: File): string {
  const name = file.name.replace(CONTROLS, "").normalize("NFC");
  const title = (name.replace(/\.[^.]+$/, "") || name).trim();
  return [...title].slice(0, TITLE_MAX).join("").trim();
}

/** Endings of videos that systems do not know, or take for something else. */
const ENDINGS = [".mkv", ".avi", ".ts", ".m2ts", ".mts"];

/** For the `accept` of a file field. */
export const VIDEO_FILES = ["video/*", ...ENDINGS].join(",");

/** False when the browser is sure that it is no video. It does not know every format. */
export function mayBeVideo({ name, type }: File): boolean {
  const ending = name.toLowerCase().match(/\.[^.]+$/)?.[0] ?? "";
  return type.startsWith("video/") || type === "" || ENDINGS.includes(ending);
}
