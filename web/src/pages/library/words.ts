// A video's state, and the order of many, in words.

import type { Problem, Sort, Status, VideoOut } from "../../rest.gen";
import { spokenTime } from "../../ui/time";

export const STATUS: Record<Status, string> = {
  completed: "Ready",
  queued: "Waiting",
  processing: "Being prepared",
  retrying: "Tried again soon",
  failed: "Failed",
};

/** The orders that the page offers; the server knows more. */
export const SORT: Partial<Record<Sort, string>> = {
  "-created_at": "Newest first",
  created_at: "Oldest first",
  title: "By title",
  "-duration_s": "Longest first",
  "-size_bytes": "Largest first",
};

/** What a card says of a video that cannot simply be played; null for one that can. */
export function badge({ status, problem_code }: VideoOut): string | null {
  if (status !== "completed") return STATUS[status];
  // What more there is to say belongs on the video's own page.
  return problem_code && PROBLEM[problem_code];
}

const PROBLEM: Record<Problem, string> = {
  file_missing: "File not found",
  storage_not_set_up: "Out of reach",
  not_playable: "Can’t be played",
};

/** True when there is something to play. */
export function canPlay({ status, playable }: VideoOut): boolean {
  return status === "completed" && playable;
}

/** True when there are bytes to keep a copy of, whether browsers play them or not. */
export function canDownload({ status, problem_code }: VideoOut): boolean {
  return status === "completed" && (problem_code === null || problem_code === "not_playable");
}

/** "1 h 2 min"; "length unknown". */
export function lengthText({ duration_s }: Pick<VideoOut, "duration_s">): string {
  return duration_s === null ? "length unknown" : spokenTime(duration_s);
}
