// What to tell the user about a call that failed.

import { ApiError } from "../net/api";

/** The whole failure in a sentence or two; rethrows what is no failed call. */
export function failureText(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  return error.message;
}

/** What is wrong with one field: the server says "must be …", we say whose that is. */
export function fieldText(label: string, why: string | undefined): string | undefined {
  if (!why || /^\p{Lu}/u.test(why)) return why;
  return `${label} ${why}${/[.!?]$/.test(why) ? "" : "."}`;
}
