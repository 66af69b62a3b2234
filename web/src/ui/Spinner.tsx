import { LoaderCircle } from "lucide-preact";
import { classes } from "./classes";
import css from "./Spinner.module.css";

/** Something goes on; whoever uses it says what in words. */
export function Spinner({ size = 18, onPicture = false }: { size?: number; onPicture?: boolean }) {
  const name = classes(css.spinner, onPicture && css.onPicture);
  return <LoaderCircle class={name} size={size} aria-hidden="true" />;
}
