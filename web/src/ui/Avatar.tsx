import css from "./Avatar.module.css";
import { classes } from "./classes";

const HUES = 6;

/** Splits by grapheme, because an emoji can consist of several characters. */
const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The first letters of up to two words of a name. An emoji counts only where nothing else is. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const spelled = words.filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const some = (spelled.length > 0 ? spelled : words).slice(0, 2);
  const first = some.map((word) => letters.segment(word).containing(0)?.segment ?? "");
  return first.join("").toLocaleUpperCase();
}

/** Initials on a coloured background. Only decoration, because the name is always next to it. */
export function Avatar({ name, id, small }: { name: string; id: string; small?: boolean }) {
  const hue = [...id].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % HUES;
  return (
    <span class={classes(css.avatar, small && css.small, css[`hue${hue}`])} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
