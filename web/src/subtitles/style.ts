// The viewer's subtitle style, remembered on this device.

import { siteData } from "../siteData";

export interface SubtitleStyle {
  size: keyof typeof SIZES;
  colour: "white" | "yellow" | "green" | "blue";
  background: "shadow" | "box";
}

/** Factors of the usual size, which is a twentieth of the picture's height. */
export const SIZES = { small: 0.75, normal: 1, large: 1.35, huge: 1.8 } as const;
export const COLOURS: readonly SubtitleStyle["colour"][] = ["white", "yellow", "green", "blue"];

const STYLE_KEY = "streamit-subtitles";
const LANGUAGE_KEY = "streamit-subtitle-language";
const USUAL: SubtitleStyle = { size: "normal", colour: "white", background: "shadow" };

export function storedStyle(): SubtitleStyle {
  try {
    return { ...USUAL, ...JSON.parse(siteData.getItem(STYLE_KEY) ?? "{}") };
  } catch {
    return USUAL;
  }
}

export function storeStyle(style: SubtitleStyle): void {
  siteData.setItem(STYLE_KEY, JSON.stringify(style));
}

/** The language chosen last; "" when subtitles were turned off, null before any choice. */
export function storedLanguage(): string | null {
  return siteData.getItem(LANGUAGE_KEY);
}

export function storeLanguage(language: string): void {
  siteData.setItem(LANGUAGE_KEY, language);
}
