import type { ComponentChildren } from "preact";
import css from "./Button.module.css";
import { classes } from "./classes";

interface Props {
  href: string;
  kind?: "primary" | "secondary" | "quiet";
  /** The browser downloads the target instead of opening it. */
  download?: boolean;
  children: ComponentChildren;
}

/** A link to another page that looks like a button. */
export function LinkButton({ href, kind = "secondary", download, children }: Props) {
  return (
    <a href={href} download={download} class={classes(css.button, css[kind])}>
      {children}
    </a>
  );
}
