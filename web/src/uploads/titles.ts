import { tidyLine } from "../text";

const TITLE_MAX = 120;
/** Endings of files that the server takes: media/kinds.py. */
const VIDEOS = "3g2|3gp|avi|divx|m2t|m2ts|m4v|mkv|mov|mp4|mts|qt|ts|webm";
/** Other endings of media files. */
const OTHERS =
  "7z|aac|ac3|aif|aiff|asf|ass|avif|bmp|dv|f4v|flac|flv|gif|gz|heic|iso|ism|isml|jpeg|jpg|m3u|" +
  "m3u8|m4a|mid|mp3|mpd|mpeg|mpg|mxf|oga|ogg|ogm|ogv|opus|pdf|pls|png|rar|rm|rmvb|srt|ssa|sub|" +
  "svg|swf|tar|torrent|txt|vob|vtt|wav|webp|wma|wmv|zip";
/** Of files that a program has not whole. */
const PARTIAL =
  "!qb|!ut|aria2|bc!|crdownload|download|filepart|opdownload|part|partial|td|tmp|xltd|ytdl";
const ENDINGS = new RegExp(
  `(?<=.)(?:(?:\\.(?:${VIDEOS}))?\\.(?:${VIDEOS}|${OTHERS})(?:\\.(?:${PARTIAL}))*|` +
    `(?:\\.(?:${PARTIAL}))+)(?:\\?(?:[a-z0-9_-]+=.*|\\S*)| ?\\([0-9]{1,3}\\)|\\.)?$`,
  "iu",
);
const VIDEO = new RegExp(`\\.(?:${VIDEOS})$`, "i");

/** "Night.of.the.film.mp4" → "Night.of.the.film", as library/receive/titles.py makes it. */
export function titleOf({ name }: Pick<File, "name">): string {
  const file = unescaped(name.slice(name.search(/[^/\\]*$/)));
  return tidyLine(tidyLine(file, file.length).replace(ENDINGS, ""), TITLE_MAX) || "Untitled";
}

/** A name as programs save it that take it from an address. */
function unescaped(name: string): string {
  if (!/^(?:[^%\s]|%[0-9a-f]{2})+$/i.test(name)) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** For the `accept` of a file field: systems do not know every ending, or take it for another. */
export const VIDEO_FILES = ["video/*", ...VIDEOS.split("|").map((ending) => `.${ending}`)].join();

/** False when the browser is sure that it is no video. It does not know every format. */
export function mayBeVideo({ name, type }: File): boolean {
  return type.startsWith("video/") || type === "" || VIDEO.test(name);
}
