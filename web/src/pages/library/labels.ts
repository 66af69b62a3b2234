// The texts for a video's state and the list's sort orders.

import { t } from "../../language/t";
import { canPlayHere } from "../../players/create";
import type { Problem, Sort, Status, VideoOut } from "../../rest.gen";
import { spokenTime } from "../../ui/time";

export const STATUS: Record<Status, string> = {
  completed: t("Ready"),
  queued: t("Waiting"),
  processing: t("Processing"),
  retrying: t("Retrying soon"),
  failed: t("Failed"),
};

/** The sort orders that the page offers; the server has more. */
export const SORT: Partial<Record<Sort, string>> = {
  "-created_at": t("Newest first"),
  created_at: t("Oldest first"),
  title: t("By title"),
  "-duration_s": t("Longest first"),
  "-size_bytes": t("Largest first"),
};

/** The badge of a video that cannot be played; null for one that can. */
export function badge(video: VideoOut): string | null {
  const { status, problem_code } = video;
  if (video.only_where && canPlay(video)) return null;
  if (status !== "completed") return STATUS[status];
  // The video's page has the details.
  return problem_code && PROBLEM[problem_code];
}

const PROBLEM: Record<Problem, string> = {
  file_missing: t("File not found"),
  file_incomplete: t("File incomplete"),
  storage_not_set_up: t("Unavailable"),
  not_playable: t("Can’t be played"),
};

/** True while the server converts it, or is going to. */
export function isBeingMade({ status }: VideoOut): boolean {
  return status !== "completed" && status !== "failed";
}

/** True if this browser can play the video. */
export function canPlay({ status, playable, only_where }: VideoOut): boolean {
  if (only_where) return canPlayHere(only_where.media_type);
  return status === "completed" && playable;
}

/** True if a room can be created for it. A room can wait for a video that is being prepared. */
export function canWatchTogether(video: VideoOut): boolean {
  return video.status === "completed" ? video.playable : video.status !== "failed";
}

/** True if the file can be downloaded, even if browsers cannot play it. */
export function canDownload({ problem_code }: VideoOut): boolean {
  return problem_code === null || problem_code === "not_playable";
}

/** "1 h 2 min"; "length unknown". */
export function lengthText({ duration_s }: Pick<VideoOut, "duration_s">): string {
  return duration_s === null ? t("length unknown") : spokenTime(duration_s);
}
