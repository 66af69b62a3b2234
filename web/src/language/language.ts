// The language of the pages: the visitor's choice, or their browser's.

import { siteData } from "../siteData";

/** What people call their own language. */
export const LANGUAGES = { en: "English", de: "Deutsch" };

export type Language = keyof typeof LANGUAGES;

const KEY = "streamit-language";
const browsers: readonly string[] = globalThis.navigator?.languages ?? [];

/** What the visitor has chosen; null when their browser's language decides. */
export const chosen: Language | null = known(siteData.getItem(KEY) ?? "");

export const language: Language = chosen ?? spoken() ?? "en";

/** For dates and numbers: as the visitor's region writes them, in the language of the pages. */
export const locale: string =
  browsers.find((tag) => tag.split("-")[0] === language && isTag(tag)) ?? language;

/** 1.25 → "1.25", or "1,25" where people write it so. */
export const figure = new Intl.NumberFormat(locale).format;

/** 2.34 → "2.3", or "2,3" where people write it so. */
export const tenths = new Intl.NumberFormat(locale, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
}).format;

/** Takes effect when the page is loaded again. */
export function choose(choice: Language | null): void {
  if (choice === null) siteData.removeItem(KEY);
  else siteData.setItem(KEY, choice);
}

function spoken(): Language | null {
  return browsers.map((tag) => known(tag.split("-")[0] ?? "")).find(Boolean) ?? null;
}

function known(text: string): Language | null {
  return Object.hasOwn(LANGUAGES, text) ? (text as Language) : null;
}

/** Under the locale "en_US.POSIX" Chromium names "en-US@posix", which `Intl` throws at. */
function isTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length > 0;
  } catch {
    return false;
  }
}
