// A video's state, and the order of many, in words.

import type { Video, VideoProblem, VideoSort, VideoStatus } from "../../net/library";
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
export function badge({ status, problem_code }: Video): string | null {
  if (status !== "completed") return STATUS[status];
  // What more there is to say belongs on the video's own page.
  return problem_code && PROBLEM[problem_code];
}

const PROBLEM: Record<VideoProblem, string> = {
  file_missing: "File not found",
  storage_not_set_up: "Out of reach",
  not_playable: "Can’t be played",
};

/** True when there is something to play. */
export function canPlay({ status, playable }: Video): boolean {
  return status === "completed" && playable;
}

/** True when there are bytes to keep a copy of, whether browsers play them or not. */
export function canDownload({ status, problem_code }: Video): boolean {
  return status === "completed" && (problem_code === null || problem_code === "not_playable");
}

/** "1 h 2 min"; "length unknown". */
export function lengthText({ duration_s }: Pick<Video, "duration_s">): string {
  return duration_s === null ? "length unknown" : spokenTime(duration_s);
}
