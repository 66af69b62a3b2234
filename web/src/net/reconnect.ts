// When and how a closed socket is opened again. Pure.

import { closeCodes } from "../protocol.gen";

export type CloseReason =
  | "deleted"
  | "expired"
  | "kicked"
  | "banned"
  | "forbidden"
  | "too-many"
  | "protocol";

/** What to do after a close: resume with the token, join over REST first, or stop. */
export type Verdict = { kind: "resume" } | { kind: "join" } | { kind: "over"; reason: CloseReason };

type Codes = typeof closeCodes;
type FinalCode = {
  [C in keyof Codes]: Codes[C]["reconnect"] extends false ? C : never;
}[keyof Codes];

// When the server gets a new final code, this does not compile until the code has a reason here.
const FINAL: Record<FinalCode, CloseReason> = {
  4400: "protocol",
  4403: "forbidden",
  // Only a room that there was gives tickets.
  4404: "deleted",
  4409: "kicked",
  4410: "expired",
  4413: "protocol",
  4429: "too-many",
};

const TICKET_SPENT = 4401;
export const REFUSED = 4403;
const UNAVAILABLE = 4503;
const FIRST_PRIVATE_CODE = 4000;

/** Returns what to do after this close code. `mayAskWhy`: REST may tell the reason. */
export function verdict(code: number, mayAskWhy = false): Verdict {
  if (code === TICKET_SPENT || (code === REFUSED && mayAskWhy)) return { kind: "join" };
  if (code in FINAL) return { kind: "over", reason: FINAL[code as FinalCode] };
  if (code in closeCodes) return { kind: "resume" };
  // A newer server sent a code that we do not know. REST can say what happened.
  return { kind: code >= FIRST_PRIVATE_CODE ? "join" : "resume" };
}

const FIRST_MS = 300;
const CAP_MS = 8_000;

/**
 * How long to wait before attempt number `attempt` (0 is the first after a loss).
 *
 * Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * The first three attempts start within 300 + 600 + 1200 ms at worst, so a restarted server
 * has its viewers back within 3 s even when two attempts come too early.
 */
export function backoffMs(attempt: number, random: number, code = 1006): number {
  const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  // Only the live state is unavailable. The server would answer at once, so wait longer.
  return code === UNAVAILABLE ? 500 + random * Math.min(CAP_MS, 2 * ceiling) : random * ceiling;
}
