// What each viewer may choose for themselves: picture size and language.

import { t } from "../language/t";
import { canonical, languageName } from "../subtitles/choice";

export interface Choice {
  label: string;
  checked: boolean;
  choose: () => void;
}

/** Both are empty if there is nothing to choose. */
export interface Choices {
  qualities: readonly Choice[];
  languages: readonly Choice[];
}

export const NO_CHOICES: Choices = { qualities: [], languages: [] };

/** "1080p": named after the shorter side, because the film may be in portrait. */
export function qualityLabel({ width, height }: { width: number; height: number }): string {
  return `${Math.min(width, height)}p`;
}

/** "German", "German: For the blind"; unique within a film. */
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
 * The worker names a track without a title after its language code, and numbers duplicates. Earlier
 * workers used the code in the file: "deu" for a track in "de".
 */
function isCode(name: string, lang: string): boolean {
  return canonical(name.replace(/ \d+$/, "")) === canonical(lang);
}

/** The worker names unknown tracks "Sound", "Sound 2". */
function nameOf(name: string): string {
  const unnamed = /^Sound( \d+)?$/.exec(name);
  return unnamed ? t("Sound{{number}}", { number: unnamed[1] ?? "" }) : name;
}
