import type { ComponentChildren } from "preact";
import css from "./Banner.module.css";
import { classes } from "./classes";

interface Props {
  kind?: "plain" | "warning" | "danger";
  children: ComponentChildren;
}

/** A line about the current state, shown as long as it lasts. */
export function Banner({ kind = "plain", children }: Props) {
  return <div class={classes(css.banner, css[kind])}>{children}</div>;
}
