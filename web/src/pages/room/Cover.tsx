import type { ComponentChildren } from "preact";
import css from "./StageCover.module.css";

/** Words and buttons in place of the picture. */
export function Cover({ children }: { children: ComponentChildren }) {
  return <div class={css.cover}>{children}</div>;
}
