import { LoaderCircle } from "lucide-preact";
import { classes } from "./classes";
import css from "./Spinner.module.css";

/** Shows that something is in progress. The caller says what, in text. */
export function Spinner({ size = 18, onVideo = false }: { size?: number; onVideo?: boolean }) {
  const name = classes(css.spinner, onVideo && css.onVideo);
  return <LoaderCircle class={name} size={size} aria-hidden="true" />;
}
