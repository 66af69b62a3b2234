import { LoaderCircle } from "lucide-preact";
import css from "./Spinner.module.css";

/** Something goes on; whoever uses it says what in words. */
export function Spinner({ size = 18 }: { size?: number }) {
  return <LoaderCircle class={css.spinner} size={size} aria-hidden="true" />;
}
