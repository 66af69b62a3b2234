// Which subtitles a viewer sees. Pure.

import { locale as ours, tenths } from "../language/language";

export interface Track {
  id: string;
  /** An RFC 5646 tag; "und" if unknown. */
  language: string;
  label: string;
  default: boolean;
}

export interface Preferences {
  /** What the viewer chose for this video: a track, null for none, undefined for no choice. */
  chosen: string | null | undefined;
  /** The track that the room's host shows to those who have not chosen. */
  room: string | null;
  /** The language that the viewer chose last; "" after they turned subtitles off. */
  language: string | null;
}

/** The viewer's own choice comes first, then the room's, then their usual language. */
export function shownTrack<T extends Track>(tracks: readonly T[], wishes: Preferences): T | null {
  const { chosen, room, language } = wishes;
  if (chosen !== undefined) return tracks.find(({ id }) => id === chosen) ?? null;
  const ofRoom = tracks.find(({ id }) => id === room);
  if (ofRoom) return ofRoom;
  if (language === "") return null;
  const usual = language && tracks.find((track) => primary(track.language) === primary(language));
  return usual || (tracks.find((track) => track.default) ?? null);
}

function primary(language: string): string {
  // Files use "eng", people use "en".
  return canonical(language).split("-", 1)[0] ?? "";
}

/** The displayed name of a track: its label, and its language unless the label contains it. */
export function trackName({ label, language }: Track, locale = ours): string {
  const name = languageName(language, locale);
  if (!name || label.toLowerCase().includes(name.toLowerCase())) return label;
  // Programs name a track by its language alone.
  if (label.toLowerCase() === language.toLowerCase()) return name;
  return `${name} · ${label}`;
}

export function languageName(language: string, locale = ours): string {
  if (language === "und" || language === "") return "";
  try {
    const names = new Intl.DisplayNames(locale, { type: "language", fallback: "none" });
    return names.of(language) ?? "";
  } catch {
    return "";
  }
}

/** After the language, "hi" means "hearing impaired", not Hindi. */
const NAMED =
  /[.([]([a-z]{2,3})((?:[-_][a-z]{4})?(?:[-_](?:[a-z]{2}|\d{3}))?)[)\]]?(?:[.\s([]+(?:hi|sdh|cc|default|forced)[)\]]?)*\.[a-z]+$/i;

/** The language in a file name such as "Film.de.srt" or "Film [pt_BR].vtt", or "". */
export function languageOf(fileName: string): string {
  const [, primary = "", rest = ""] = NAMED.exec(fileName) ?? [];
  // "No" in "Dr.No.srt" is not a language.
  if (primary !== primary.toLowerCase() && primary !== primary.toUpperCase()) return "";
  const language = canonical(`${primary}${rest.replaceAll("_", "-")}`);
  // Of three-letter codes accept only few, because most are words of the title.
  return /^(?:[a-z]{2}|fil|yue)(?:-|$)/.test(language) && languageName(language, "en")
    ? language
    : "";
}

/** The canonical tag: the same for "eng" and "en"; "" if it is not a language. */
export function canonical(language: string): string {
  try {
    return new Intl.Locale(language).toString();
  } catch {
    return "";
  }
}

/** Formats a delay, such as "+0.3 s". */
export function offsetText(offset_s: number): string {
  const sign = offset_s > 0 ? "+" : offset_s < 0 ? "−" : "";
  return `${sign}${tenths(Math.abs(offset_s))}\u00a0s`;
}
