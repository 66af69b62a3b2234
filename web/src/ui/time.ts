// Times as people read and say them.

/** 3723 → "1:02:03", 63 → "1:03". */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const tail = `${hours ? two(minutes) : minutes}:${two(whole % 60)}`;
  return hours ? `${hours}:${tail}` : tail;
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** "21:14", or "9:14 PM" where people say it so. */
export function dayTime(epochMs: number): string {
  return timeOfDay.format(epochMs);
}

/** −12.4 → "−12 ms", 2300 → "+2.3 s". */
export function signedMs(ms: number): string {
  const sign = Math.round(ms) === 0 ? "" : ms < 0 ? "−" : "+";
  const size = Math.abs(ms);
  return size < 1000 ? `${sign}${Math.round(size)} ms` : `${sign}${(size / 1000).toFixed(1)} s`;
}
