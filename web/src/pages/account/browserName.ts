// The name of a browser in everyday words, from its user agent.

import { t } from "../../language/t";

// The order matters: Chrome also claims to be Safari, and Edge to be both.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|HeadlessChrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "Mac"],
  [/\bLinux\b/, "Linux"],
];

/** Returns "Firefox on Android", or the user agent of an unknown program. */
export function browserName(agent: string): string {
  const found = (names: typeof BROWSERS) => names.find(([sign]) => sign.test(agent))?.[1];
  const browser = found(BROWSERS);
  const system = found(SYSTEMS);
  if (browser && system) return t("{{browser}} on {{system}}", { browser, system });
  return browser ?? (agent.split(/[\s/]/)[0] || t("A browser"));
}
