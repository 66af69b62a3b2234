// The texts of the pages. The English text is in the code, and is the key. Other languages are
// files in i18next's format (https://www.i18next.com/misc/json-format): values in {{…}}, plural
// forms by suffix. To add one, add such a file, a line below and one in language.ts.

import type german from "./de.json";
import english from "./en.json";
import { figure, language } from "./language";

type Form = "zero" | "one" | "two" | "few" | "many" | "other";
const FORM = /_(zero|one|two|few|many|other)$/;
type Stem<Key> = Key extends `${infer Text}_${Form}` ? Text : Key;
export type Words = Stem<keyof typeof german>;
type Values = Record<string, string | number | null | undefined>;

const FILES: Record<typeof language, () => Promise<Record<string, string>>> = {
  en: async () => english,
  de: async () => (await import("./de.json")).default,
};

// Load it before the rest of the page runs, because constants contain texts.
const words = language === "en" ? (english as Record<string, string>) : await FILES[language]();
const forms = new Intl.PluralRules(language);
const lists = new Intl.ListFormat(language, { type: "conjunction" });

/** Returns `text` in the visitor's language; `count` chooses the form for a number. */
export function t(text: Words, values: Values = {}): string {
  const { count } = values;
  const form = typeof count === "number" ? forms.select(count) : null;
  const found = (form && (words[`${text}_${form}`] ?? words[`${text}_other`])) ?? words[text];
  return (found ?? text).replace(/\{\{(\w+)\}\}/g, (_, name) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? figure(value) : value;
  });
}

/** "Ana, Ben and Cem". */
export function listed(items: readonly string[]): string {
  return lists.format(items);
}

/** A size as the server writes it: "8.6 GB". */
const SIZE = /^(?<number>\d+(\.\d)?) (?<unit>[kMG]B)$/;

type Pattern = readonly [RegExp, Words];

/** Matches texts with values in them; built when first needed. */
let patterns: readonly Pattern[] | null = null;

/**
 * Translates a message of the server if a translation exists. Values in it may be messages of the
 * server too.
 */
export function translated(text: string): string {
  // The name of a format stays in one line.
  return inOurLanguage(text).replace(/(?<=[A-Z])-(?=[A-Z\d])/g, "\u2011");
}

function inOurLanguage(text: string): string {
  // As in the texts of the pages.
  if (language === "en") return text.replace(/(?<=\p{L})'/gu, "’");
  if (words[text] !== undefined) return words[text];
  patterns ??= patternsOf(Object.keys(words));
  for (const [pattern, key] of patterns) {
    const said = pattern.exec(text)?.groups;
    if (said) return t(key, Object.fromEntries(Object.entries(said).map(translatedValue)));
  }
  return text;
}

/** The longest first, because one may be the beginning of another. */
function patternsOf(keys: readonly string[]): readonly Pattern[] {
  const valued = keys.filter((key) => /^[^{].*\{\{/.test(key) && !FORM.test(key));
  return valued
    .sort((one, other) => other.length - one.length)
    .map((key) => {
      const escaped = key.replace(/[\\^$.*+?()[\]|]/g, "\\$&").replace(/\s/g, "\\s");
      const pattern = escaped.replace(/\{\{(\w+)\}\}/g, "(?<$1>.+)");
      return [new RegExp(`^${pattern}$`), key as Words];
    });
}

function translatedValue([name, value]: [string, string]): [string, string] {
  const size = SIZE.exec(value)?.groups;
  if (size) return [name, `${figure(Number(size.number))} ${size.unit}`];
  // The only value that is a list.
  return [
    name,
    name === "sites" ? value.split(", ").map(translated).join(", ") : translated(value),
  ];
}
