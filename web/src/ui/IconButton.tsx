import type { LucideIcon } from "lucide-preact";
import type { ButtonHTMLAttributes } from "preact";
import { classes } from "./classes";
import css from "./IconButton.module.css";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: LucideIcon;
  /** Its accessible name and its tooltip. */
  label: string;
}

/** A square button with only an icon. */
export function IconButton({ icon: Icon, label, ...rest }: Props) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      aria-label={label}
      class={classes(css.button, rest.class as string)}
    >
      <Icon size={20} aria-hidden="true" />
    </button>
  );
}
