import { t } from "../language/t";
import { spokenTime } from "./time";

/** 63 → "about a minute", 3000 → "50 min". For estimates, which are not exact to the second. */
export function roughTime(seconds: number): string {
  if (seconds < 10) return t("a few seconds");
  if (seconds < 55) return `${Math.round(seconds / 5) * 5} s`;
  if (seconds < 90) return t("about a minute");
  if (seconds < 3570) return `${Math.round(seconds / 60)} min`;
  return spokenTime(Math.round(seconds / 300) * 300);
}
