// A video's state, and the order of many, in words.

import type { Video, VideoSort, VideoStatus } from "../../net/library";
import { spokenTime } from "../../ui/time";

export const STATUS: Record<VideoStatus, string> = {
  completed: "Ready",
  queued: "Waiting",
  processing: "Being prepared",
  retrying: "Tried again soon",
  failed: "Failed",
};

export const SORT: Record<VideoSort, string> = {
  "-created_at": "Newest first",
  created_at: "Oldest first",
  title: "By title",
  "-duration_s": "Longest first",
  "-size_bytes": "Largest first",
};

/** What a card says of a video that cannot simply be played; null for one that can. */
export function badge({ status, problem, playable }: Video): string | null {
  if (status !== "completed") return STATUS[status];
  if (playable && !problem) return null;
  // Longer ones belong on the video's own page.
  return problem === FILE_MISSING ? problem : "Can’t be played";
}

/** The server's word for bytes that are no longer in their storage. */
export const FILE_MISSING = "File not found";

/** True when there is something to play. */
export function canPlay({ status, problem, playable }: Video): boolean {
  return status === "completed" && playable && !problem;
}

/** "1 h 2 min"; "length unknown". */
export function lengthText({ duration_s }: Pick<Video, "duration_s">): string {
  return duration_s === null ? "length unknown" : spokenTime(duration_s);
}
