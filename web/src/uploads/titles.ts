import { tidyLine } from "../text";

const TITLE_MAX = 120;
/** The extensions of files that the server accepts: media/kinds.py. */
const VIDEOS =
  "3g2|3gp|asf|avi|divx|flv|m2p|m2t|m2ts|m4v|mkv|mov|mp4|mpeg|mpg|mts|qt|ts|vob|webm|wmv";
/** Other extensions of media files. */
const OTHERS =
  "7z|aac|ac3|aif|aiff|ass|avif|bmp|dv|f4v|flac|gif|gz|heic|iso|ism|isml|jpeg|jpg|m1v|m2v|m3u|" +
  "m3u8|m4a|mid|mp3|mpd|mxf|oga|ogg|ogm|ogv|opus|pdf|pls|png|rar|rm|rmvb|srt|ssa|sub|" +
  "svg|swf|tar|torrent|txt|vtt|wav|webp|wma|zip";
/** The extensions of incomplete downloads. */
const PARTIAL =
  "!qb|!ut|aria2|bc!|crdownload|download|filepart|opdownload|part|partial|td|tmp|xltd|ytdl";
const ENDINGS = new RegExp(
  `(?<=.)(?:(?:\\.(?:${VIDEOS}))?\\.(?:${VIDEOS}|${OTHERS})(?:\\.(?:${PARTIAL}))*|` +
    `(?:\\.(?:${PARTIAL}))+)(?:\\?(?:[a-z0-9_-]+=.*|\\S*)| ?\\([0-9]{1,3}\\)|\\.)?$`,
  "iu",
);
const VIDEO = new RegExp(`\\.(?:${VIDEOS})$`, "i");

/** "Night.of.the.film.mp4" → "Night.of.the.film", as in library/receive/titles.py. */
export function titleOf({ name }: Pick<File, "name">): string {
  const file = unescaped(name.slice(name.search(/[^/\\]*$/)));
  return tidyLine(tidyLine(file, file.length).replace(ENDINGS, ""), TITLE_MAX) || "Untitled";
}

/** Decodes a file name that a program took from an address. */
function unescaped(name: string): string {
  if (!/^(?:[^%\s]|%[0-9a-f]{2})+$/i.test(name)) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** For `accept` of a file field. Systems do not know the type of every extension. */
export const VIDEO_FILES = ["video/*", ...VIDEOS.split("|").map((ending) => `.${ending}`)].join();

/** False if the browser is sure that it is not a video. It does not know every format. */
export function mayBeVideo({ name, type }: File): boolean {
  return type.startsWith("video/") || type === "" || VIDEO.test(name);
}
