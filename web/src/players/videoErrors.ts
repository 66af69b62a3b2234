// Why a video does not play.

import { t } from "../language/t";
import { ApiError } from "../net/errors";
import type { Playable } from "../rest.gen";
import { clockTime } from "../ui/time";
import type { PlayerError } from "./player";

const EXPIRED: PlayerError = {
  kind: "expired",
  message: t("The link to this video has expired."),
};
const MISSING: PlayerError = { kind: "missing", message: t("It was removed.") };
export const FILE_MISSING: PlayerError = {
  kind: "missing",
  message: t("The server no longer has its file."),
};
export const NETWORK: PlayerError = {
  kind: "network",
  message: t("The video could not be loaded. Check your connection."),
};
export const UNSUPPORTED: PlayerError = {
  kind: "unsupported",
  message: t("Your browser cannot play this video. Try another browser."),
};

/** The error for a film that cannot be decoded from this position on. */
export function damagedAt(position: number): PlayerError {
  const time = clockTime(position);
  return { kind: "damaged", message: t("It cannot be decoded at {{time}}.", { time }) };
}

/**
 * The error for an HTTP response that is not a video. Its body may say that retrying is useless.
 */
export function errorOfAnswer(status: number, body = ""): PlayerError {
  if (status === 401 || status === 403) return EXPIRED;
  if (status >= 200 && status < 300) return UNSUPPORTED;
  const { code, message, retriable } = ApiError.of(status, body, null);
  if (status === 404 || status === 410) return code === "file_missing" ? FILE_MISSING : MISSING;
  if (code === "not_ready") return { kind: "preparing", message };
  // A response that we do not understand comes from a proxy, and may be temporary.
  return retriable || code === "error" ? NETWORK : { kind: "unplayable", message };
}

/** After this many links to another site without any data, the format counts as the cause. */
const FUTILE_LINKS = 3;
/** If the decoder fails twice within this range, the film is damaged there. */
export const SAME_PLACE_S = 30;

/** Finds out why an element does not play its link, from the element's events. */
export class Diagnosis {
  /** No data has arrived for some seconds. */
  isDry = false;
  /** It has loaded data once, so the browser knows the format. */
  #hasLoaded: boolean;
  /** A picture of it has been shown, so the browser can decode it. */
  #hasShown: boolean;
  /** How many links have delivered no data so far. */
  #futile = 0;
  /** The position at which it was reloaded. */
  #loadedAgainAt: number | null = null;

  /** `end` ends its listeners and requests. */
  constructor(
    private readonly element: HTMLVideoElement,
    private readonly end: AbortSignal,
  ) {
    this.#hasLoaded = element.readyState >= HTMLMediaElement.HAVE_METADATA;
    this.#hasShown = element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    const seen = (name: string, note: () => void) =>
      element.addEventListener(name, note, { signal: end });
    seen("loadedmetadata", () => {
      this.#hasLoaded = true;
    });
    seen("loadeddata", () => {
      this.#hasShown = true;
    });
    seen("progress", () => {
      this.isDry = false;
    });
    seen("stalled", () => {
      this.isDry = true;
    });
  }

  /** Call it when the element gets another link to the same film. */
  startOver(): void {
    this.isDry = false;
    this.#loadedAgainAt = null;
  }

  /** Why the received data cannot be played. */
  ofContent(): PlayerError {
    const { error, currentTime } = this.element;
    // Without an error it is a stream with a bad segment.
    const cannotDecode = error === null || error.code === MediaError.MEDIA_ERR_DECODE;
    return this.#hasShown && cannotDecode ? damagedAt(currentTime) : UNSUPPORTED;
  }

  /** What is wrong with the element's link; null if it should be reloaded. */
  async of({ url, expires_at }: Playable): Promise<PlayerError | null> {
    // The device's clock may be wrong. This only saves a request, and a new link is harmless.
    if (expires_at !== null && Date.parse(expires_at) <= Date.now()) return EXPIRED;
    return isElsewhere(url) ? this.#guess() : this.#ask(url);
  }

  /**
   * Guesses what is wrong with a link to another site. An expired link and a lost connection
   * look the same as an unknown format, and a new link may help.
   */
  #guess(): PlayerError {
    const code = this.element.error?.code;
    if (code === MediaError.MEDIA_ERR_NETWORK) return NETWORK;
    if (code === MediaError.MEDIA_ERR_DECODE) return this.ofContent();
    return this.#hasLoaded || this.#futile++ < FUTILE_LINKS ? NETWORK : UNSUPPORTED;
  }

  /** Asks the server, because the element reports expired links like bad files. */
  async #ask(url: string): Promise<PlayerError | null> {
    // The server may be back by now. A broken transfer is not the file's fault, and an answer
    // that was no video may have been the server's error page.
    const broke = this.element.error?.code === MediaError.MEDIA_ERR_NETWORK;
    const error = this.ofContent();
    const at = this.element.currentTime;
    try {
      // Request one byte. A HEAD response would not tell the reason, and does not read the file.
      const headers = { Range: "bytes=0-0" };
      const answer = await fetch(url, { headers, signal: this.end });
      if (!answer.ok) return errorOfAnswer(answer.status, await answer.text());
      void answer.body?.cancel();
    } catch {
      return NETWORK;
    }
    if (broke) return NETWORK;
    const before = this.#loadedAgainAt;
    if (before !== null && Math.abs(at - before) < SAME_PLACE_S) return error;
    this.#loadedAgainAt = at;
    return null;
  }
}

/** Returns whether another site serves the bytes. This page cannot read its answers. */
export function isElsewhere(url: string): boolean {
  return new URL(url, location.href).origin !== location.origin;
}
