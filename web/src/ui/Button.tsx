import type { ButtonHTMLAttributes } from "preact";
import css from "./Button.module.css";
import { classes } from "./classes";
import { Spinner } from "./Spinner";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** One primary per view. */
  kind?: "primary" | "secondary" | "quiet" | "danger";
  /** Shows that the action is in progress, and ignores further clicks. */
  busy?: boolean;
  wide?: boolean;
}

/** A button with a text. IconButton is one without. */
export function Button({
  kind = "secondary",
  busy = false,
  wide = false,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={classes(css.button, css[kind], wide && css.wide, rest.class as string)}
      aria-busy={busy || undefined}
      onClick={
        busy
          ? (event) => {
              event.preventDefault();
            }
          : onClick
      }
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
