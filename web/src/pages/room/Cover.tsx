import type { ComponentChildren } from "preact";
import { classes } from "../../ui/classes";
import { WayToReload } from "../../ui/lazy";
import css from "./StageCover.module.css";

/** Words and buttons in place of the picture. */
export function Cover({ children, opaque }: { children: ComponentChildren; opaque?: boolean }) {
  return <div class={classes(css.cover, opaque && css.opaque)}>{children}</div>;
}

/** In place of a cover whose code cannot be loaded. */
export function MissingCover() {
  return (
    <Cover>
      <WayToReload />
    </Cover>
  );
}
