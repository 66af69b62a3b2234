// What to tell the user about a call that failed.

import { ApiError } from "../net/api";

/** The failure in a sentence or two. Throws `error` again when it is not an ApiError. */
export function failureText(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  return error.message;
}

/** What is wrong with one field: the field's name before the server's "must be …". */
export function fieldText(label: string, why: string | undefined): string | undefined {
  if (!why || /^\p{Lu}/u.test(why)) return why;
  return `${label} ${why}${/[.!?]$/.test(why) ? "" : "."}`;
}
