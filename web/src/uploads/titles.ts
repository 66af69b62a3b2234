/** "Night.of.the.film.mp4" → "Night.of.the.film". */
export function titleOf(file: File): string {
  return file.name.replace(/\.[^.]+$/, "") || file.name;
}

/** False when the browser is sure that it is no video. It does not know every format. */
export function mayBeVideo({ type }: File): boolean {
  return type.startsWith("video/") || type === "";
}
