import type { ComponentChildren } from "preact";
import { WayToReload } from "../../ui/lazy";
import css from "./StageCover.module.css";

/** Words and buttons in place of the picture. */
export function Cover({ children }: { children: ComponentChildren }) {
  return <div class={css.cover}>{children}</div>;
}

/** In place of a cover whose code cannot be loaded. */
export function MissingCover() {
  return (
    <Cover>
      <WayToReload />
    </Cover>
  );
}
