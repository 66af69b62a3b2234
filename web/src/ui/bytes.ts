import { tenths } from "../language/language";

/** 1536000 → "1.5 MB", on one line. */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), units.length - 1);
  const value = size / 1000 ** power;
  return `${value < 10 && power > 0 ? tenths(value) : Math.round(value)}\u00a0${units[power]}`;
}
