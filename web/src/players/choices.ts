// What a viewer may choose for themselves: the size of the picture, and the language.

import { t } from "../language/t";
import { canonical, languageName } from "../subtitles/choice";

export interface Choice {
  label: string;
  checked: boolean;
  choose: () => void;
}

/** Both are empty while there is nothing to choose from. */
export interface Choices {
  qualities: readonly Choice[];
  languages: readonly Choice[];
}

export const NO_CHOICES: Choices = { qualities: [], languages: [] };

/** "1080p": the shorter side, as people name sizes, of a film that may stand on its side. */
export function qualityLabel({ width, height }: { width: number; height: number }): string {
  return `${Math.min(width, height)}p`;
}

/** "German", "German: For the blind"; no two of one film are called the same. */
export function languageLabels(tracks: readonly { name: string; lang?: string }[]): string[] {
  const seen = new Map<string, number>();
  return tracks.map(({ name, lang }) => {
    const language = lang ? languageName(lang) : "";
    const label =
      language && lang && !isCode(name, lang) ? `${language}: ${name}` : language || nameOf(name);
    const times = (seen.get(label) ?? 0) + 1;
    seen.set(label, times);
    return times > 1 ? `${label} (${times})` : label;
  });
}

/**
 * The worker calls a track without a title by its code, and numbers what is called alike. Earlier
 * ones named the code of the file: "deu" of a track that is in "de".
 */
function isCode(name: string, lang: string): boolean {
  return canonical(name.replace(/ \d+$/, "")) === canonical(lang);
}

/** The worker calls a track of which nothing is known "Sound", "Sound 2". */
function nameOf(name: string): string {
  const unnamed = /^Sound( \d+)?$/.exec(name);
  return unnamed ? t("Sound{{number}}", { number: unnamed[1] ?? "" }) : name;
}
