// The words of the pages. English stands in the code, and is the key. Other languages are files
// of i18next's format (https://www.i18next.com/misc/json-format): values in {{…}}, forms for
// numbers by suffix. A new one is such a file, a line below and one in language.ts.

import type german from "./de.json";
import english from "./en.json";
import { language, locale } from "./language";

type Form = "zero" | "one" | "two" | "few" | "many" | "other";
type Stem<Key> = Key extends `${infer Text}_${Form}` ? Text : Key;
export type Words = Stem<keyof typeof german>;
type Values = Record<string, string | number | null | undefined>;

const FILES: Record<typeof language, () => Promise<Record<string, string>>> = {
  en: async () => english,
  de: async () => (await import("./de.json")).default,
};

// Before anything else of the page runs: texts are also in constants.
const words = language === "en" ? (english as Record<string, string>) : await FILES[language]();
const forms = new Intl.PluralRules(language);
const lists = new Intl.ListFormat(language, { type: "conjunction" });
const numbers = new Intl.NumberFormat(locale);

/** Returns `text` in the visitor's language; `count` chooses the form for a number. */
export function t(text: Words, values: Values = {}): string {
  const { count } = values;
  const form = typeof count === "number" ? forms.select(count) : null;
  const found = (form && (words[`${text}_${form}`] ?? words[`${text}_other`])) ?? words[text];
  return (found ?? text).replace(/\{\{(\w+)\}\}/g, (_, name) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? numbers.format(value) : value;
  });
}

/** "Ana, Ben and Cem". */
export function listed(items: readonly string[]): string {
  return lists.format(items);
}

/** Returns what the server said in the visitor's language, if it is known there. */
export function told(text: string): string {
  return words[text] ?? text;
}
