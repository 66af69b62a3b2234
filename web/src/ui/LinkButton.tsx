import type { ComponentChildren } from "preact";
import css from "./Button.module.css";
import { classes } from "./classes";

interface Props {
  href: string;
  kind?: "primary" | "secondary" | "quiet";
  children: ComponentChildren;
}

/** A link to another page that looks like a button. */
export function LinkButton({ href, kind = "secondary", children }: Props) {
  return (
    <a href={href} class={classes(css.button, css[kind])}>
      {children}
    </a>
  );
}
