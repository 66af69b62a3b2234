import type { ComponentChildren } from "preact";
import { classes } from "../../ui/classes";
import { WayToReload } from "../../ui/lazy";
import css from "./StageCover.module.css";

/** Text and buttons in place of the picture. */
export function Cover({ children, opaque }: { children: ComponentChildren; opaque?: boolean }) {
  return <div class={classes(css.cover, opaque && css.opaque)}>{children}</div>;
}

/** Shown if the code of a cover cannot be loaded. */
export function MissingCover() {
  return (
    <Cover>
      <WayToReload />
    </Cover>
  );
}
