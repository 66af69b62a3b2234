// Formats times for people.

import { locale, tenths } from "../language/language";

/** 3723 → "1:02:03", 63 → "1:03". */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const tail = `${hours ? two(minutes) : minutes}:${two(whole % 60)}`;
  return hours ? `${hours}:${tail}` : tail;
}

const timeOfDay = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });

/** "21:14", or "9:14 PM" by the visitor's locale. */
export function dayTime(epochMs: number): string {
  return timeOfDay.format(epochMs);
}

/** −12.4 → "−12 ms", 2300 → "+2.3 s". */
export function signedMs(ms: number): string {
  const sign = Math.round(ms) === 0 ? "" : ms < 0 ? "−" : "+";
  const size = Math.abs(ms);
  return size < 1000 ? `${sign}${Math.round(size)} ms` : `${sign}${tenths(size / 1000)} s`;
}

/** "1 day". The other units are the same in every language. */
const days = new Intl.NumberFormat(locale, { style: "unit", unit: "day", unitDisplay: "long" })
  .format;

/** 3723 → "1 h 2 min", 63 → "1 min 3 s", 90000 → "1 day 1 h": the two largest parts. */
export function spokenTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  const told = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return told.map(([count, unit]) => (unit === "d" ? days(count) : `${count} ${unit}`)).join(" ");
}

const date = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const dateAndTime = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });

/** "3 March 2026", in the words of the visitor's language. */
export function longDate(iso: string): string {
  return date.format(Date.parse(iso));
}

/** "3 March 2026 at 21:04". */
export function longDateTime(iso: string): string {
  return dateAndTime.format(Date.parse(iso));
}
