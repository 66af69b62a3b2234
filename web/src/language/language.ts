// The language of the pages: the visitor's choice, or their browser's.

import { siteData } from "../siteData";

/** The languages, each by its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch" };

export type Language = keyof typeof LANGUAGES;

const KEY = "streamit-language";
const browsers: readonly string[] = globalThis.navigator?.languages ?? [];

/** The visitor's choice; null if their browser's language decides. */
export const chosen: Language | null = known(siteData.getItem(KEY) ?? "");

export const language: Language = chosen ?? spoken() ?? "en";

/** For dates and numbers: the page's language with the visitor's region. */
export const locale: string =
  browsers.find((tag) => tag.split("-")[0] === language && isTag(tag)) ?? language;

/** 1.25 → "1.25", or "1,25" in German. */
export const figure = new Intl.NumberFormat(locale).format;

/** 2.34 → "2.3", or "2,3" in German. */
export const tenths = new Intl.NumberFormat(locale, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
}).format;

/** Stores the choice, which takes effect at the next load of a page. */
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

/** Under the locale "en_US.POSIX" Chromium reports "en-US@posix", on which `Intl` throws. */
function isTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length > 0;
  } catch {
    return false;
  }
}
