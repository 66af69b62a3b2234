import css from "./Avatar.module.css";
import { classes } from "./classes";

const HUES = 6;

/** A family or a flag is one letter of several characters. */
const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The first letters of up to two words of a name. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/).slice(0, 2);
  const first = words.map((word) => letters.segment(word).containing(0)?.segment ?? "");
  return first.join("").toLocaleUpperCase();
}

/** Initials on one of six colours. Decoration only: the name always stands beside it. */
export function Avatar({ name, id, small }: { name: string; id: string; small?: boolean }) {
  const hue = [...id].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % HUES;
  return (
    <span class={classes(css.avatar, small && css.small, css[`hue${hue}`])} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
