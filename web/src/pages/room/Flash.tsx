import { signal } from "@preact/signals";
import css from "./Flash.module.css";

const text = signal("");
const SHOWN_MS = 1200;
let timer = 0;

/** Briefly shows over the video what a key has just done. */
export function flash(words: string): void {
  text.value = words;
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    text.value = "";
  }, SHOWN_MS);
}

export function Flash() {
  return (
    <output class={css.place}>{text.value && <span class={css.flash}>{text.value}</span>}</output>
  );
}
