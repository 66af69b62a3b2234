// The time at which a room starts, in words and in a field. Apart from time.ts, because few rooms have
// one, and every room would load it first.

import { locale } from "../language/language";
import { dayTime } from "./time";

const sameDay = new Intl.DateTimeFormat(locale, { dateStyle: "short" });
const shortly = new Intl.DateTimeFormat(locale, {
  ...({ weekday: "short", day: "numeric", month: "short" } as const),
  ...({ hour: "numeric", minute: "2-digit" } as const),
});

/** "Tue, Mar 3, 9:04 PM"; of today the time alone. */
export function shortDateTime(epochMs: number, now = Date.now()): string {
  const isToday = sameDay.format(epochMs) === sameDay.format(now);
  return isToday ? dayTime(epochMs) : shortly.format(epochMs);
}

/** A time as a value of `<input type="datetime-local">`, in the visitor's time zone. */
export function localMinute(iso: string): string {
  const moment = new Date(iso);
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  // A year of five digits has a sign and six in ISO 8601, and in the field neither.
  return shifted.toISOString().replace(/^\+0*/, "").slice(0, -":00.000Z".length);
}

/** The moment that such a field gives; null without one. */
export function momentOf(local: string): string | null {
  const [year = "", ...rest] = local.split("-");
  const moment = new Date(
    year.length > 4 ? [`+${year.padStart(6, "0")}`, ...rest].join("-") : local,
  );
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
