// Maps failures to create a room's player to player errors.

import { t, translated } from "../language/t";
import { ApiError } from "../net/api";
import { NoPlayer, type PlayerError } from "../players/player";
import { FILE_MISSING } from "../players/videoErrors";
import type { PlaybackProblem } from "../rest.gen";

/** Waiting helps only for a video that is not ready yet. */
export function problemOf({ code, message: said }: PlaybackProblem): PlayerError {
  const message = translated(said);
  if (code === "not_ready") return { kind: "preparing", message };
  if (code === "file_missing") return FILE_MISSING;
  return { kind: code === "not_found" ? "missing" : "unplayable", message };
}

export function errorOf(reason: unknown): PlayerError {
  if (reason instanceof NoPlayer) return reason.detail;
  if (reason instanceof ApiError) return { kind: kindOf(reason), message: reason.message };
  // The player's code could not be loaded.
  return { kind: "network", message: t("The player could not be loaded.") };
}

function kindOf({ retriable, status }: ApiError): PlayerError["kind"] {
  if (retriable) return "network";
  // The session expired, or the room does not know us at the moment. Neither is the video's fault.
  if (status === 401 || status === 403) return "expired";
  return status === 404 ? "missing" : "unplayable";
}
