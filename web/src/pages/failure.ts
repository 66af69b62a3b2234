// Messages for the user about failed calls.

import { ApiError } from "../net/api";

/** The failure in a sentence or two. Throws `error` again if it is not an ApiError. */
export function failureText(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  return error.message;
}

/** What is wrong with one field: the field's name before the server's "must be …". */
export function fieldText(label: string, why: string | undefined): string | undefined {
  if (!why || /^\p{Lu}/u.test(why)) return why;
  return `${label} ${why}${/[.!?]$/.test(why) ? "" : "."}`;
}
