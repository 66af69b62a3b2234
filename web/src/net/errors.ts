// Failures of REST calls: one error class, read from the server's one error format.

import { RETRIABLE, type ServerErrorCode } from "../errors.gen";
import { t, translated } from "../language/t";
import type { ErrorBody, ErrorDetail } from "../rest.gen";

/** A code of the server, or "offline", "cancelled" or "error" if there is none. */
export type ErrorCode = ServerErrorCode | "offline" | "cancelled" | "error";

/**
 * Why a call failed. Status 0 means that there was no response. `message` can be shown to people.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    message: string,
    /** What is wrong with which field of the request. */
    readonly fields: Readonly<Record<string, string>> = {},
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }

  /** True when the same call may succeed later. */
  get retriable(): boolean {
    if (isServerCode(this.code)) return RETRIABLE[this.code];
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  static offline(): ApiError {
    return new ApiError(0, "offline", t("The server cannot be reached. Check your connection."));
  }

  static cancelled(): ApiError {
    return new ApiError(0, "cancelled", "Cancelled.");
  }

  /** Parses the server's error. Anything else, such as a proxy's page, gives a general message. */
  static of(status: number, body: string, retryAfter: string | null): ApiError {
    const error = readDetail(body);
    const seconds = Number(retryAfter);
    return new ApiError(
      status,
      // A newer server may send a code that is not known here.
      error && isServerCode(error.code) ? error.code : "error",
      error
        ? translated(error.message)
        : t("The server did not answer as it should. Try again in a moment."),
      toldFields(error?.fields ?? {}),
      retryAfter !== null && Number.isFinite(seconds) ? seconds : null,
    );
  }
}

function toldFields(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, why]) => [name, translated(why)]));
}

/** Called when a request is sent; the returned function is called if the response is a 401. */
type Asking = () => () => void;

export let asking: Asking = () => () => {};

export function whenNobody(listener: Asking): void {
  asking = listener;
}

/** Returns the JSON of a response, undefined if it is empty. Throws ApiError for a failure. */
export function readReply<T>(
  status: number,
  body: string,
  retryAfter: string | null,
  onSignedOut: () => void,
): T {
  if (status < 200 || status > 299) {
    const error = ApiError.of(status, body, retryAfter);
    if (error.code === "not_authenticated") onSignedOut();
    throw error;
  }
  if (body === "") return undefined as T;
  try {
    return JSON.parse(body) as T;
  } catch {
    throw ApiError.of(502, body, null);
  }
}

function isServerCode(code: string): code is ServerErrorCode {
  return Object.hasOwn(RETRIABLE, code);
}

function readDetail(body: string): ErrorDetail | null {
  try {
    const { error } = JSON.parse(body) as Partial<ErrorBody>;
    return typeof error?.code === "string" && typeof error.message === "string" ? error : null;
  } catch {
    return null;
  }
}
