// Why a video does not play.

import { t } from "../language/t";
import { ApiError } from "../net/errors";
import type { PlayerError } from "./player";

export const EXPIRED: PlayerError = {
  kind: "expired",
  message: t("The link to this video has expired."),
};
const MISSING: PlayerError = { kind: "missing", message: t("This video is no longer there.") };
export const NETWORK: PlayerError = {
  kind: "network",
  message: t("The video could not be loaded. Check your connection."),
};
export const UNSUPPORTED: PlayerError = {
  kind: "unsupported",
  message: t("Your browser cannot play this video. Try another browser."),
};

/** What an HTTP answer means that is not a video. Its body may say that it would be so again. */
export function errorOfAnswer(status: number, body = ""): PlayerError {
  if (status === 401 || status === 403) return EXPIRED;
  if (status === 404 || status === 410) return MISSING;
  if (status >= 200 && status < 300) return UNSUPPORTED;
  const { code, message, retriable } = ApiError.of(status, body, null);
  if (code === "not_ready") return { kind: "preparing", message };
  // What says nothing that we know is a proxy's, and may pass.
  return retriable || code === "error" ? NETWORK : { kind: "unplayable", message };
}
