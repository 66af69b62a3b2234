import type { ComponentChildren } from "preact";
import css from "./Banner.module.css";
import { classes } from "./classes";

interface Props {
  kind?: "plain" | "warning" | "danger";
  children: ComponentChildren;
}

/** A line about the state of things that stays as long as it is so. */
export function Banner({ kind = "plain", children }: Props) {
  return <div class={classes(css.banner, css[kind])}>{children}</div>;
}
